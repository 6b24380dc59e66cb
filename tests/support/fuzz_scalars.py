"""What the fuzzer puts for the scalars of the API; it loads this file by SCHEMATHESIS_HOOKS."""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

TEXTS = {
    "BigInt": st.one_of(st.integers().map(str), st.text(max_size=10)),
    "Date": st.one_of(st.dates().map(str), st.text(max_size=10)),
    "DateTime": st.one_of(st.datetimes().map(lambda each: f"{each.isoformat()}Z"), st.text(max_size=10)),
    "Decimal": st.one_of(st.decimals().map(str), st.text(max_size=10)),
    "URL": st.text(max_size=20),
}
for name, texts in TEXTS.items():
    schemathesis.graphql.scalar(name, texts.map(nodes.String))
