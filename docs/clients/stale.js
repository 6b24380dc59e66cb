// What a mutation makes stale beside what its answer brings. The caches of apollo.js, graphcache.js and relay.js go by it.

/**
 * Check-ins, corrections, retractions and acknowledgements change numbers, or what is told of them: these fields of the things in the answer,
 * and these root fields. Everything else of the present stays as it is. Whoever selects the fields that their screens show, as
 * the contract's KeyResultCheckIn does, leaves those screens with nothing to ask for.
 *
 * @type {Record<string, string[]>}
 */
export const byCheckIn = {
  KeyResult: [
    ...["status", "progress", "rawProgress", "expectedProgress", "pace", "confidence", "checkInDueAt", "isCheckInOverdue"],
    ...["checkInState", "missedCheckInCount"],
    ...["metric", "lastCheckIn", "checkIns", "isBlocked", "progressCurve", "progressExplanation", "history", "findings"],
  ],
  Metric: ["current", "heldShare", "stages"],
  CheckIn: [
    ...["value", "status", "confidence", "comment", "blockers", "nextSteps", "doneStageIds", "effectiveAt"],
    ...["acknowledgedAt", "acknowledgedBy", "acknowledgementNote"],
    ...["correctedAt", "retractedAt", "progressBefore", "progressAfter", "revisions", "viewerCan"],
  ],
  Objective: [
    ...["status", "progress", "rawProgress", "expectedProgress", "pace", "paceBand", "confidence"],
    ...["breakdown", "progressCurve", "history", "findings"],
  ],
  Cycle: ["progress", "expectedProgress", "breakdown", "progressCurve", "history", "retrospective"],
  Person: ["checkInsDue"],
  Team: ["checkInsDue", "progress", "breakdown", "progressCurve", "history"],
  Query: [
    ...["objective", "objectives", "keyResults", "checkInsDue", "inbox", "viewer", "organization", "search"],
    ...["auditLog", "momentBuckets", "compare", "logVerification", "logCheckpoint"],
  ],
};

const checkIns = [
  ...["KeyResultCheckInPayload", "KeyResultCheckInManyPayload", "CheckInCorrectPayload", "CheckInRetractPayload"],
  "CheckInAcknowledgePayload",
];

/**
 * Whether an answer to a mutation can have changed anything: it was neither refused, nor tried, nor is it an optimistic one.
 *
 * @param {any} payload
 */
export const hasWritten = (payload) => payload != null && payload.events?.length !== 0;

/**
 * Whether only numbers changed. What else is done (made, moved, renamed, closed) changes lists, and no cache knows which.
 *
 * @param {any} payload
 */
export const isCheckIn = (payload) => checkIns.includes(payload.__typename);

/**
 * Answers the things in the answer to a check-in, each with its stale fields: those that the answer does not bring.
 *
 * @param {any} payload
 * @returns {[any, string[]][]}
 */
export function staleThings(payload) {
  /** @type {Map<string, [any, Set<string>]>} */
  const things = new Map();
  /** @param {any} value */
  const visit = (value) => {
    if (value === null || typeof value !== "object") return;
    Object.values(value).forEach(visit);
    if (value.id === undefined || !(value.__typename in byCheckIn)) return;
    const [, brought] = things.get(value.id) ?? [value, new Set()];
    things.set(value.id, [value, new Set([...brought, ...Object.keys(value)])]);
  };
  visit(payload);
  return [...things.values()].map(([thing, brought]) => [thing, byCheckIn[thing.__typename].filter((name) => !brought.has(name))]);
}
