from __future__ import annotations

from typing import Final

__version__ = "0.1.0"

USER_AGENT: Final = f"kanda-sdk-python/{__version__}"
"""How the SDK introduces itself: Kanda's log has it with each event."""
