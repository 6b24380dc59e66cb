"""Three queries worth trying, which stand ready in GraphiQL."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoQuery:
    """A query with what it shows; `variables` names what its variables stand for."""

    title: str
    query: str
    variables: Mapping[str, str]


QUERIES = (
    DemoQuery(
        title="The running quarter: progress, status and pace of every objective and key result",
        variables={"cycleId": "running"},
        query="""query RunningQuarter($cycleId: ID!) {
  cycle(id: $cycleId) {
    name
    phase
    progress
    expectedProgress
    objectives(first: 20, orderBy: [{ field: PRIORITY }, { field: TITLE }]) {
      totalCount
      nodes {
        title
        status
        progress
        pace
        owner { name }
        keyResults {
          title
          progress
          confidence
          metric { kind unit start target current }
          lastCheckIn { comment recordedAt author { name } }
        }
      }
    }
  }
}
""",
    ),
    DemoQuery(
        title="Time travel: the sealed second quarter as it was halfway and as it ended",
        variables={"cycleId": "second", "halfway": "halfway"},
        query="""query HalfwayAndEnd($cycleId: ID!, $halfway: Date!) {
  halfway: cycle(id: $cycleId, asOf: { date: $halfway }) {
    ...Quarter
  }
  end: cycle(id: $cycleId) {
    ...Quarter
  }
}

fragment Quarter on Cycle {
  id
  name
  phase
  progress
  objectives(first: 20, orderBy: [{ field: TITLE }]) {
    nodes {
      id
      title
      state
      progress
      score
      team { id name }
      keyResults(includeDropped: true) {
        id
        title
        droppedAt
        progress
        metric { id target original { target } }
      }
    }
  }
}
""",
    ),
    DemoQuery(
        title="Nothing is lost: late, corrected and withdrawn check-ins of the second quarter",
        variables={"cycleId": "second"},
        query="""query CheckInsOfAQuarter($cycleId: ID!) {
  cycle(id: $cycleId) {
    objectives(first: 10) {
      nodes {
        title
        keyResults(includeDropped: true) {
          title
          checkIns(first: 20) {
            totalCount
            nodes {
              value
              status
              comment
              effectiveAt
              recordedAt
              correctedAt
              retractedAt
              author { name }
            }
          }
        }
      }
    }
  }
}
""",
    ),
)
