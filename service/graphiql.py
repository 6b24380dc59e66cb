"""GraphiQL for browsers, from this server alone: no content delivery network, no build.

The assets come out of a PyPI package without dependencies, pinned and locked by hash like every other. What it holds
is, byte for byte, graphiql 2.4.7, react 17.0.2 and react-dom 17.0.2 as their authors publish them.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

PATH = "/graphiql"

_PACKAGE = "graphene_django_graphiql_static"

# The headers of the server go with every request and the editor's over them: a tab that the browser remembers from an
# earlier start would otherwise send the token of that start. The variables of the tab that is open first have to be
# given a second time.
_SCRIPT = """
const { endpoint, headers, tabs } = JSON.parse(document.getElementById("configuration").textContent);
const fetcher = GraphiQL.createFetcher({ url: endpoint, headers });
ReactDOM.render(
  React.createElement(GraphiQL, {
    fetcher, defaultTabs: tabs, variables: tabs?.[0]?.variables, defaultEditorToolsVisibility: "variables",
  }),
  document.getElementById("graphiql"),
);
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{path}/graphiql.min.css">
<style>html, body, #graphiql {{ height: 100%; margin: 0 }}</style>
</head>
<body>
<div id="graphiql">Loading …</div>
<script type="application/json" id="configuration">{configuration}</script>
<script src="{path}/react.production.min.js"></script>
<script src="{path}/react-dom.production.min.js"></script>
<script src="{path}/graphiql.min.js"></script>
<script>{script}</script>
</body>
</html>
"""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "connect-src 'self'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        f"script-src 'self' 'sha256-{base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()}'",
        # The editor of GraphiQL writes the styles of its elements itself.
        "style-src 'self' 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The header that goes with the page: the browser itself refuses to load anything from elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """An operation that stands ready in the editor; `variables` and `headers` are texts in JSON."""

    query: str
    variables: str | None = None
    headers: str | None = None


def page(
    *,
    tabs: Sequence[Tab] = (),
    headers: Mapping[str, str] | None = None,
    endpoint: str = "/graphql",
    title: str = "OKR Ledger",
) -> str:
    """Answer the page. `headers`, such as the token of the demonstration, go with each request of the page.

    The tabs appear in a browser that does not remember its own.
    """
    configuration: dict[str, Any] = {
        "endpoint": endpoint,
        "headers": dict(headers or {}),
        "tabs": [{name: value for name, value in asdict(tab).items() if value is not None} for tab in tabs] or None,
    }
    return _PAGE.format(
        title=html.escape(title),
        path=PATH,
        # No text of a query can end the element that holds it.
        configuration=json.dumps(configuration).replace("<", "\\u003c"),
        script=_SCRIPT,
    )


def assets() -> Mount:
    """Answer the route that serves what the page loads."""
    folder = (_PACKAGE, f"static/{_PACKAGE}")
    return Mount(PATH, StaticFiles(packages=[folder]), name="graphiql")
