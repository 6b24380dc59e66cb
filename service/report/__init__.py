"""The report of a cycle: one page, and pictures, made from what the GraphQL API answers.

- `queries` carries out the operations of the folder `operations` in process, against the product's own schema;
- `data` reads all that a report shows, at one moment, and `reading` gives it a database;
- `changes` and `curves` arrange it; `charts` and `curve_chart` say what is drawn, as specifications in the look of
  `theme`; `pictures` names each and has it drawn;
- `words` writes numbers, dates and names; `page` fills the templates in.
"""
