"""Read models folded from the log: derived, droppable, rebuildable.

Reading, one file per noun. Every loader is `async`, takes `(reader, lens, …)`, batches its keys into one
statement and leaves out what does not exist at the lens or what the viewer may not see:

- `moments`: head · lens_now · lens_at_position · lens_at_time · lens_at_date
- `objectives`: by_ids · page · count · pages_of · counts_of (of a cycle, team, owner, parent) · expected
- `key_results`: by_ids · of_objectives · page · count
- `initiatives`: by_ids · page · count · pages_of · counts_of (of an objective, key result, owner)
- `dependencies`: of_dependents · of_blockers · blocked_initiatives · blocked_key_results · released
- `check_ins`: by_ids · page · count · pages_of_key_results · counts_of_key_results · revisions
- `cycles`: by_ids · page · count · pages_of_parents · counts_of_parents · current · rollups
- `teams`: by_ids · page · count · pages_of_parents · counts_of_parents · of_people · ancestors · rollups
- `people`: by_ids · page · count · pages_of_teams · counts_of_teams · access (role and grants at the head)
- `programs`: by_ids · page · count
- `kpis`: by_ids · page · count · pages_of · counts_of (of a team, of what is linked) · sources_of · pages_of_objectives ·
  counts_of_objectives · pages_of_key_results · counts_of_key_results
- `kpi_readings`: by_ids · pages_of_kpis · counts_of_kpis · since · steps (of a curve)
- `templates`: by_ids · page · count · in_library · page_of_library · pages_of_objectives · counts_of_objectives
- `custom_fields`: by_ids · page · count · values_of (of objectives, key results, initiatives and KPIs)
- `organizations`: settings
- `comments`: by_ids · pages_of · counts_of (of a thing, a comment, a person mentioned) · reactions · revisions
- `recognitions`: by_ids · page · count · pages_of_people · counts_of_people
- `alignment`: by_ids (objectives and key results mixed) · graph · candidates · count_candidates
- `breakdown`: of_objectives · of_cycles · of_teams · of_organization (the parts that make up a progress)
- `explanation`: of_key_results (the events behind a number)
- `curves`: of_key_results · of_objectives · of_rollups (the steps that `curve_points` makes points of)
- `curve_ends`: of_objectives · of_rollups (where curves stand at an instant)
- `expected_lines`: of_objectives
- `retrospective`: of_cycles · carry_overs
- `punctuality` · `calibration` · `retargeting` · `progress_jumps`: of_cycles
- `comparison`: compare (two lenses) · changes_of; with `attribution` and `compared_stages` of what moved a progress
- `viewer`: due_check_ins · due_reviews · drafts, each with its count_…
- `activity`: histories (what concerns a person, a team or a cycle; `audit` merges it)
- `seals`: validity (of the seals of cycles, as of the last verification)
- `recorded`: events · changes (by positions of events) · events_since (a version of a thing) · movers (of a number)

`page` and `count` take a condition (`condition`), orders and a window (`page`); what may be asked of each noun
stands in `listing`, `kpi_listing`, `template_listing` and `custom_field_listing`, and `custom_field_orders` adds orders by
custom fields. Status, pace and due days are pure functions in `events/health.py`, `events/calendar.py` and
`events/kpi_calendar.py`.

A curve is folded purely: `curve_history` has rows as changes in time, `curve_fold` the numbers of key results and
objectives, `curve_rollup` means of them. `curve_membership` says what a mean counts when; where nothing has to be
folded, `curve_means` lets the database sum up, and `cycle_curves` reads the versions of the numbers of cycles.

Rows are found by their `versions` on several `way`s, and those that the process has read before are `kept_rows`. What is
`at_hand` needs no database: `known_versions` says when which row is valid, `known_names` who has which name. What was written
since is heard of as `news`; what this process wrote itself it has as `written_rows`.

Writing: `fold` makes the row versions of one command, from what it `touched`, the rows of definitions and measurements,
and of each event the `changes` and the `moved_numbers`; `row_versions` gathers those of a batch; `generation`, `log_fold`,
`generation_difference` and `rebuild` make a whole set of tables anew.
"""
