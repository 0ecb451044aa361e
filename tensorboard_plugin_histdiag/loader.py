"""The entry point: a loader so small that it cannot keep TensorBoard from starting."""

from __future__ import annotations

import argparse
import logging

from tensorboard.plugins import base_plugin

logger = logging.getLogger("tensorboard")


class Loader(base_plugin.TBLoader):  # type: ignore[misc]  # TensorBoard has no types
    """Load the Diagnostics tab, or say in one line why it is off."""

    def define_flags(self, parser: argparse.ArgumentParser) -> None:
        """Add TensorBoard's flag for the configuration."""
        parser.add_argument_group("Diagnostics tab (histdiag)").add_argument(
            "--histdiag_config",
            metavar="PATH",
            default="",
            help="configuration, as histdiag rules --format toml prints it",
        )

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        """Return the plugin, or None where its parts do not load: TensorBoard goes on without the tab."""
        if context.data_provider is None:
            return None
        try:
            # Not above: TensorBoard does not guard the import of this module.
            from .server.plugin import DiagnosticsPlugin

            return DiagnosticsPlugin(context)
        except Exception as error:
            logger.warning("The Diagnostics tab (histdiag) is off: %s: %s", type(error).__name__, error)
            return None
