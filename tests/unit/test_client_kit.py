"""The client kit: what is generated says what the schema says, and the tools of frontends take it as it is."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, get_named_type, parse, validate

from schema.client_kit import client_kit
from schema.export import KIT_FOLDER, SDL_FILE
from tests.support.frontend import make_project, run_tool
from tests.support.javascript import FOLDER
from tests.support.operations import CONTRACT

STRICT = {
    "strict": True,
    "noEmit": True,
    "allowJs": True,
    "checkJs": True,
    "module": "esnext",
    "moduleResolution": "bundler",
    "resolveJsonModule": True,
    "target": "es2023",
    "lib": ["es2023", "dom", "dom.iterable"],
    "skipLibCheck": True,
    "types": [],
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def kit(schema: GraphQLSchema) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in client_kit(schema).items()}


def objects(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    return {name: each for name, each in schema.type_map.items() if isinstance(each, GraphQLObjectType) and name[:2] != "__"}


def test_everything_generated_is_there_and_nothing_else(kit: dict[str, Any]):
    assert sorted(path.name for path in KIT_FOLDER.glob("*.json")) == sorted(kit)


def test_an_interface_has_its_members_and_events_those_to_come(kit: dict[str, Any], schema: GraphQLSchema):
    possible = kit["possibleTypes.json"]
    assert set(possible["Actor"]) == {"Person", "Program", "SystemActor"}
    assert set(possible["Alignable"]) == {"Objective", "KeyResult"}
    assert possible["Event"][-1] == ".*Event"
    # A client that does not know a type yet takes it for an event by its name, and nothing else.
    named = {name for name in objects(schema) if re.fullmatch(".*Event", name)}
    assert named == set(possible["Event"][:-1])


def test_every_type_has_an_id_or_is_known_to_have_none(kit: dict[str, Any], schema: GraphQLSchema):
    roots = {"Query", "Mutation", "Subscription"}
    suffixes = ("Connection", "Edge", "Payload", "Error", "PageInfo")
    without = {name for name, each in objects(schema).items() if "id" not in each.fields and not name.endswith(suffixes)}
    assert without - roots == set(kit["valueTypes.json"])


def test_lists_of_pages_are_told_apart_by_what_is_not_paging(kit: dict[str, Any], schema: GraphQLSchema):
    connections = kit["connections.json"]
    assert connections["Query"]["objectives"] == ["filter", "orderBy", "asOf"]
    assert connections["Objective"]["history"] == ["filter", "includeParts"]
    found = {
        (name, field)
        for name, each in objects(schema).items()
        for field, definition in each.fields.items()
        if get_named_type(definition.type).name.endswith("Connection")
    }
    assert found == {(name, field) for name, fields in connections.items() for field in fields}


def test_the_introspection_names_every_field_and_argument(kit: dict[str, Any], schema: GraphQLSchema):
    types = {each["name"]: each for each in kit["introspection.json"]["__schema"]["types"]}
    assert types["Any"] == {"kind": "SCALAR", "name": "Any"}
    for name, each in objects(schema).items():
        described = {field["name"]: [argument["name"] for argument in field["args"]] for field in types[name]["fields"]}
        assert described == {field: list(definition.args) for field, definition in each.fields.items()}
    cycle = next(field for field in types["Objective"]["fields"] if field["name"] == "cycle")
    assert cycle["type"] == {"kind": "NON_NULL", "ofType": {"kind": "OBJECT", "name": "Cycle"}}


@pytest.fixture
def project(tmp_path: Path, schema: GraphQLSchema) -> Path:
    """A project with all operations of the contract that the schema can carry out."""
    folder = make_project(tmp_path / "project")
    for path in CONTRACT.glob("*.graphql"):
        document = parse(path.read_text(encoding="utf-8"))
        kinds = {each.operation for each in document.definitions if hasattr(each, "operation")}
        if all(schema.get_root_type(kind) for kind in kinds) and validate(schema, document) == []:
            shutil.copy(path, folder / "src")
    return folder


def test_what_a_check_in_makes_stale_exists(project: Path, schema: GraphQLSchema):
    (project / "stale.mjs").write_text(
        """import { byCheckIn, isCheckIn } from "./stale.js";
        const checkIns = process.argv.slice(2).filter((name) => isCheckIn({ __typename: name }));
        console.log(JSON.stringify({ byCheckIn, checkIns }));"""
    )
    stale = json.loads(run_tool(project, "../stale.mjs", *objects(schema)).stdout)
    fields = [(name, field) for name, each in stale["byCheckIn"].items() for field in each]
    assert len(fields) > 50
    assert [(name, field) for name, field in fields if field not in objects(schema)[name].fields] == []
    mutations = {name for name in objects(schema) if re.fullmatch("(KeyResult)?CheckIn.*Payload", name)}
    assert set(stale["checkIns"]) == mutations


def test_strict_typescript_takes_the_types_of_the_contract_and_the_kit(project: Path):
    generated = run_tool(project, "@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.ts")
    assert generated.returncode == 0, generated.stdout + generated.stderr
    shutil.copy(FOLDER / "program.ts", project / "src")
    files = ["src/program.ts", "codegen.ts", "apollo.js", "graphcache.js", "stale.js"]
    (project / "tsconfig.json").write_text(json.dumps({"compilerOptions": STRICT, "files": files}))
    compiled = run_tool(project, "typescript/bin/tsc", "--project", ".")
    assert (compiled.returncode, compiled.stdout) == (0, "")
    # What the generated types say is not `any`: a program that is wrong is refused.
    wrong = (project / "src" / "program.ts").read_text().replace("metric.current;", "metric.curent;")
    (project / "src" / "program.ts").write_text(wrong)
    assert "Property 'curent' does not exist" in run_tool(project, "typescript/bin/tsc", "--project", ".").stdout


def test_the_schema_and_the_contract_have_nothing_to_lint(project: Path):
    arguments = ("eslint/bin/eslint.js", "--max-warnings", "0", "schema.graphql", "src")
    linted = run_tool(project, *arguments)
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stderr
    path = project / "src" / "objective_detail.graphql"
    path.write_text(path.read_text().replace("owner { id name }", "owner { name }"))
    assert "2 errors" in run_tool(project, *arguments).stdout
