"""The JSON schema and the TypeScript types follow the report's structs."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

GENERATOR = Path(__file__).resolve().parent.parent / "frontend" / "generate.py"
spec = importlib.util.spec_from_file_location("generate", GENERATOR)
assert spec is not None
assert spec.loader is not None
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)


def test_the_schema_is_made_from_the_structs_as_they_are():
    assert generate.SCHEMA.read_text() == generate.schema_text()


def test_the_types_are_made_from_the_schema_as_it_is():
    assert generate.TYPES.read_text().startswith(generate.header(generate.schema_text()))


@pytest.mark.skipif(
    not (GENERATOR.parent / "node_modules" / "json-schema-to-typescript").exists() or shutil.which("node") is None,
    reason="needs the frontend's development dependencies",
)
def test_nobody_edited_the_types_by_hand():
    assert generate.TYPES.read_text() == generate.types_text(generate.schema_text())
