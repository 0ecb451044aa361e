"""One page with everything in it: the tab as TensorBoard shows it, and the data that it asks for.

It opens from a disk or inside a notebook and makes no request: its policy forbids all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from ..api.diagnosis import Diagnosis
from ..bounded import Bools
from ..report import Progress, Report
from ..rules import documentation
from ..server import bundle
from . import embedded, still
from .embedded import Blocks, packed
from .sampled import NEARER, kept_records, starts_after

FILE_BYTES = 20_000_000
"""Default size of a file, at most."""
CELL_BYTES = 4_000_000
"""Default size of a notebook's cell, at most."""
LEAST_BYTES = 150
"""Fewer a record of a tensor hardly takes; with this begins the search for how many fit."""
_SPARE = 4096
"""Bytes for what is said in the end about the page itself."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Diagnostics</title>
<style>body { margin: 0 } noscript { display: block; margin: 1em; font: 14px/1.5 system-ui, sans-serif }</style>
%(blocks)s
<script>%(offline)s</script>
</head>
<body>
<noscript>
%(still)s</noscript>
<script type="module">%(tab)s</script>
</body>
</html>
"""
_EXPORT = re.compile(r"export\s*\{\s*([\w$]+) as render\s*\};?\s*$")


class PageError(Exception):
    """A page cannot be made; the message is one sentence for the user."""


def page(diagnosis: Diagnosis, *, limit_bytes: int = FILE_BYTES, made: datetime | None = None) -> str:
    """Write a diagnosis as one self-contained page.

    Parameters
    ----------
    diagnosis
        What to show. Its log is read once more, for the histograms.
    limit_bytes
        Size of the page, at most. Where not all fits, records are left out, more of tensors without findings than of
        others, and the page says so.
    made
        When the log was read; the page says it if given.

    Raises
    ------
    PageError
        Even without a single histogram the page would be larger, or the tab's scripts are not there.
    """
    said = [f"This page shows the log as it was on {made:%Y-%m-%d at %H:%M %Z}."] if made else []
    said += ["This page has no histograms: the diagnosis was closed before."] if diagnosis.closed else []
    said += filter(None, [embedded.thinned_scalars(diagnosis)])
    report = _standing(diagnosis, said)
    shell = _PAGE % {"blocks": "", "offline": _script("offline.js"), "still": still.render(report), "tab": _tab()}
    pairs = [] if diagnosis.closed else embedded.pairs_to_compare(report)
    fixed = _beside(diagnosis) | embedded.scalars(diagnosis)
    taken = len(shell.encode()) + _size(fixed) + _size({"report": _json(report)}) + _SPARE
    if taken > limit_bytes:
        raise PageError(
            f"What is said about this log takes {taken / 1e6:.1f} MB without a histogram, more than the "
            f"{limit_bytes / 1e6:.1f} MB that the page may have: choose some of the runs, or allow more."
        )
    arrays, kept, told = _fitting(diagnosis, limit_bytes - taken, pairs, limit_bytes)
    if told:
        report = _sampled(report, diagnosis, kept, told)
    return _PAGE % {
        "blocks": _elements({"report": _json(report)} | fixed | arrays),
        "offline": _script("offline.js"),
        "still": still.render(report),
        "tab": _tab(),
    }


def _fitting(
    diagnosis: Diagnosis, room: int, pairs: Sequence[tuple[str, str]], limit_bytes: int
) -> tuple[Blocks, Bools, str]:
    """Return as many records as there is room for, and which those are, also in words."""
    metrics, findings = diagnosis.metrics, diagnosis.findings
    longest = int(metrics.records.max(initial=1))
    found = {(finding.run, tag) for finding in findings for tag in finding.tags}
    every = [] if diagnosis.closed else list(range(len(metrics.series)))
    struck = [index for index in every if (metrics.series[index].run, metrics.series[index].tag) in found]
    stride, wanted = 1, every
    while stride < longest and kept_records(metrics, findings, stride).sum() * LEAST_BYTES > room:
        stride *= 2
    least, kept = stride, kept_records(metrics, findings, stride)
    read = embedded.read(diagnosis, kept, pairs, wanted)
    compared = embedded.comparisons(diagnosis, pairs, read)
    if _size(compared) > room // 4:
        compared = {}
    while True:
        blocks = compared | embedded.measured(diagnosis, kept) | embedded.histograms(diagnosis, kept, read, wanted)
        size = _size(blocks)
        if size <= room:
            return blocks, kept, _told(kept, stride, len(every) - len(wanted), limit_bytes)
        if stride < longest * NEARER:
            stride *= 2 ** max(1, int(np.log2(size / room)))
        elif wanted:
            wanted, stride = struck if len(wanted) > len(struck) else [], least
        else:
            raise PageError(
                f"The metrics of {len(metrics.series):,} tensors do not fit into the {limit_bytes / 1e6:.1f} MB that "
                "the page may have: choose some of the runs, or allow more."
            )
        kept = kept_records(metrics, findings, stride)


def _told(kept: Bools, stride: int, without: int, limit_bytes: int) -> str:
    """Say what is left out, if anything."""
    parts = []
    if stride > 1:
        share = f"{kept.sum():,} of {len(kept):,} records ({100 * kept.mean():.2g} %)"
        near = stride // NEARER
        nearer = f"every {_th(near)} of tensors with findings" if near > 1 else "all of tensors with findings"
        parts.append(f"it holds {share}: every {_th(stride)}, {nearer}")
    if without:
        parts.append(f"it has no histograms of {without:,} tensors")
    return f"To stay below {limit_bytes / 1e6:.3g} MB this page is a sample: {', and '.join(parts)}." if parts else ""


def _sampled(report: Report, diagnosis: Diagnosis, kept: Bools, told: str) -> Report:
    """Return the report as of a log of which only some records are there."""
    whole = np.diff(starts_after(diagnosis.metrics.series_start, kept)) == diagnosis.metrics.records
    series = [entry if whole[entry.id] else msgspec.structs.replace(entry, sampled=True) for entry in report.series]
    return msgspec.structs.replace(report, series=tuple(series), messages=(*report.messages, told))


def _th(number: int) -> str:
    """Write an ordinal; powers of two end in 2, 4, 6 and 8."""
    return f"{number:,}{'nd' if number % 10 == 2 and number % 100 != 12 else 'th'}"


def _standing(diagnosis: Diagnosis, messages: Sequence[str]) -> Report:
    """Return the report as of a log that does not grow: nothing is waited for, and it has a name as in TensorBoard."""
    report = diagnosis.report
    judged = report.progress.judged
    begun = float(diagnosis.metrics.wall_time.min(initial=np.inf))
    runs = repr((begun, [entry.run for entry in report.runs])).encode("utf-8", "surrogatepass")
    name = hashlib.sha256(runs).hexdigest()[:12]
    return msgspec.structs.replace(
        report,
        revision=report.revision or name,
        log=report.log or name,  # by which a browser keeps what is muted
        progress=Progress(judged, judged),
        messages=(*messages, *report.messages),
    )


def _beside(diagnosis: Diagnosis) -> Blocks:
    """Return what stands beside the tab's script: its styles, its help, what the rules say."""
    blocks = {name: packed(_file(f"{name}.json").encode()) for name in ("styles", "help", "snippets")}
    return blocks | {"rules": _json(documentation(diagnosis.config.thresholds))}


def _json(struct: msgspec.Struct) -> str:
    return packed(msgspec.json.encode(struct))


def _file(name: str) -> str:
    found = bundle.read(name)
    if found is None:
        raise PageError(
            "The page's scripts are not built: install a released wheel, or run pip install . in a checkout."
        )
    return found[0].decode()


def _script(name: str) -> str:
    """Return a script as it may stand inside of an element: where a string holds what would end it, escaped."""
    return _file(name).replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _tab() -> str:
    """Return the tab's module, which starts itself here: nobody imports it."""
    _file("offline.js")  # is there where this module is not the one that only says that it is not built
    return _EXPORT.sub(lambda export: f"{export[1]}();", _script(bundle.ENTRY))


def _elements(blocks: Blocks) -> str:
    return "\n".join(
        f'<script type="application/gzip" id="histdiag-{name}">{block}</script>' for name, block in blocks.items()
    )


def _size(blocks: Blocks) -> int:
    return len(_elements(blocks))
