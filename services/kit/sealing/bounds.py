"""Every size of sealing."""

from typing import Final

KEY_BYTES: Final = 32
"""Of a master key and of a data key: AES-256."""

MARK_BYTES: Final = 16
"""Of what a value is found by."""
