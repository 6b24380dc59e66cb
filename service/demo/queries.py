"""Queries worth trying, which stand ready in GraphiQL."""

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
    DemoQuery(
        title="What changed: the second half of the second quarter, with reasons and what moved the progress",
        variables={"cycleId": "second", "halfway": "halfway", "end": "end"},
        query="""query SecondHalf($cycleId: ID!, $halfway: Date!, $end: Date!) {
  compare(scope: { cycleId: $cycleId }, from: { date: $halfway }, to: { date: $end }) {
    summary {
      progressBefore
      progressAfter
      progressBySource { byValues byTargets byWeights byScope }
      keyResultsAdded
      keyResultsRemoved
      targetsLowered
      eventCount
    }
    removed(first: 20) { nodes { id title } }
    changed(first: 20) {
      nodes {
        subject { id title }
        progressBefore
        progressAfter
        progressBySource { byValues byTargets byWeights byScope }
        changes(first: 5) {
          nodes {
            field
            before { text }
            after { text }
            event { recordedAt actor { name } reason { code text } }
          }
        }
      }
    }
  }
}
""",
    ),
    DemoQuery(
        title="Looking back: the second quarter as it was sealed",
        variables={"cycleId": "second"},
        query="""query LookingBack($cycleId: ID!) {
  cycle(id: $cycleId) {
    name
    seal { position hash recordedAt }
    retrospective {
      meanScore
      scoreDistribution { from to count }
      committedCount
      committedMetCount
      retargetedKeyResults {
        keyResult { id title }
        original { target }
        final { target }
        scoreAgainstOriginal
        scoreAgainstFinal
      }
      checkIns { expected onTime late missed correctionRate }
      confidenceCalibration { brierScore bins { stated outcome count } }
      lastWeekJumps { keyResult { id title } progressBefore progressAfter }
      byTeam { team { id name } objectiveCount meanScore onTimeRate }
    }
  }
}
""",
    ),
    DemoQuery(
        title="What managers look at: status and confidence by team and week, focus, alignment and workload",
        variables={"cycleId": "running"},
        query="""query ManagersLookAt($cycleId: ID!) {
  cycle(id: $cycleId) {
    heatMap {
      weeks { isoWeek endsOn }
      rows {
        team { name }
        cells { keyResults { onTrack atRisk offTrack outdated pending } meanConfidence }
      }
    }
    focus { people { person { name } objectiveCount keyResultCount band } }
    alignmentCoverage { alignedShare orphans { title } teams { team { name } orphanCount isSilo } }
    workload { person { name } keyResultCount checkInsPerWeek overdueCheckInCount }
  }
}
""",
    ),
    DemoQuery(
        title="A summary: the second half of the second quarter in sentences that name their events",
        variables={"cycleId": "second", "halfway": "halfway", "end": "end"},
        query="""query SummaryOfSecondHalf($cycleId: ID!, $halfway: Date!, $end: Date!) {
  summary(of: $cycleId, from: { date: $halfway }, to: { date: $end }) {
    title
    sections { title moreCount sentences { text events { type recordedAt } } }
    markdown
  }
}
""",
    ),
    DemoQuery(
        title="KPIs: what is lasting, how healthy it is, and the objective that a critical one proposes",
        variables={},
        query="""query Kpis {
  kpis(first: 10) {
    nodes {
      title
      team { name }
      unit
      value
      lastReadAt
      health
      bands { criticalBelow warningBelow warningAbove criticalAbove since }
      recoveryProposal { title kind baseline target }
      linkedKeyResults(first: 5) { nodes { title progress valueSource { title } } }
      curve(basis: MEASURED, resolution: WEEK) { points { at value health event { type recordedAt } } }
    }
  }
}
""",
    ),
    DemoQuery(
        title="Templates: the organization's own with what was made of them, and the library for a function in a language",
        variables={},
        query="""query Templates {
  templates(first: 10) {
    nodes {
      title
      function
      version
      placeholders { name kind example }
      keyResults { title metric { kind unit target { value placeholder } } }
      usedBy(first: 5) { nodes { title state keyResults { title dueOn } } }
    }
  }
  templateLibrary(language: CS, function: SALES, first: 25) {
    totalCount
    nodes { id key title description keyResults { title } translations { language title } }
  }
}
""",
    ),
    DemoQuery(
        title="Custom fields: what this company asks of its things beside what every company does",
        variables={},
        query="""query CustomFields {
  customFields(first: 10) { nodes { name appliesTo kind isRequired choices { name isRetired } } }
  initiatives(first: 10, orderBy: [{ field: PRIORITY }, { field: TITLE }]) {
    nodes { title customFields { field { name } value } }
  }
}
""",
    ),
)
