# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hypothesis profiles of the engine's tests.

The default one always runs the same examples, so that a failure means a change.
``--hypothesis-profile=thorough`` looks at many more, new ones each time.
"""

from hypothesis import HealthCheck, settings

COMMON = {"deadline": None, "database": None, "print_blob": True}

settings.register_profile("default", derandomize=True, **COMMON)
settings.register_profile(
    "thorough",
    max_examples=5000,
    suppress_health_check=[HealthCheck.too_slow],
    **COMMON,
)
settings.load_profile("default")
