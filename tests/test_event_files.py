"""What is wrong with event files, which TensorBoard passes over in silence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from writers import log_events, values_event

import tensorboard_plugin_histdiag as histdiag
from tensorboard_plugin_histdiag.cli.memory import diagnose_within
from tensorboard_plugin_histdiag.config import DEFAULTS
from tensorboard_plugin_histdiag.provider import event_files

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21461\nsize 12345\n"
REASONS = {
    b"": "Event files of 0 bytes",
    POINTER: "Git LFS pointers instead of event files, which git lfs pull fetches",
    b"<html>404: Not Found</html>": "No event files, though they are named so",
}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A log of several records."""
    log_events(tmp_path / "good", [values_event("dense/kernel", step, [1.0, 2.0, 3.0 + step]) for step in range(4)])
    return tmp_path


def told(logs: Path) -> list[str]:
    """Return the messages of a diagnosis, which are the same within a bound of memory."""
    with histdiag.diagnose(logs, progress=False) as diagnosis:
        messages = diagnosis.messages
    assert len(diagnosis.report.series) == 1
    bounded = diagnose_within(logs, 10**9, config=DEFAULTS, progress=lambda text: None)
    assert bounded.messages == messages
    return list(messages)


@pytest.mark.parametrize("content", REASONS, ids=["empty", "pointer", "page"])
def test_a_file_of_which_nothing_is_read_is_named_with_the_reason(content, logs):
    file = logs / "bad" / "events.out.tfevents.1.host"
    file.parent.mkdir()
    file.write_bytes(content)
    assert told(logs) == [f"{REASONS[content]}: {str(file)!r}."]
    said = f"There are no histograms in what can be read under {file.parent}. {REASONS[content]}: {str(file)!r}."
    with pytest.raises(histdiag.NoHistograms, match=f"^{re.escape(said)}$"):
        histdiag.diagnose(file.parent, progress=False)


@pytest.mark.parametrize("left", [-1, -50, 5, 12])
@pytest.mark.parametrize("block", [2**20, 64])
def test_a_file_that_ends_within_a_record_is_named(left, block, logs, monkeypatch):
    monkeypatch.setattr(event_files, "_BLOCK", block)
    [whole] = (logs / "good").iterdir()
    assert told(logs) == []
    part = logs / "part" / whole.name
    part.parent.mkdir()
    part.write_bytes(whole.read_bytes()[:left])
    found = event_files.flaws(event_files.event_files(logs))
    assert f"the last record is not whole in {str(part)!r}." in " ".join(found.cut)
    if left in (5, 12):
        assert told(logs) == [f"Still being written, or cut off: the last record is not whole in {str(part)!r}."]
