-- Where the last verification of a log found the first problem, so that a seal can tell; null when it found none.
-- Whoever has a problem remembered begins at the first event the next time, and one run without any clears it.

alter table okr_ledger.verification add column problem_position bigint check (problem_position >= 0);
