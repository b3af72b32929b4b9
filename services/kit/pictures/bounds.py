"""Every size and time limit of opening pictures that somebody sent."""

from typing import Final

MOST_PIXELS: Final = 64_000_000
"""Of a picture, as its head says before anything is unpacked; cameras of phones make 50 million."""

LONGEST_SIDE_PIXELS: Final = 2_560
"""Of the copy that is looked at: a number plate across a road stays legible."""

SMALL_SIDE_PIXELS: Final = 480
"""Of the copy that stands in a page, sharp on screens with two dots for a pixel."""

MOST_MEMORY_BYTES: Final = 1_536 * 1024 * 1024
"""Of the address space of a process that opens one."""

MOST_CORE_SECONDS: Final = 15
"""Of computing by such a process."""

OPENING_SECONDS: Final = 20.0
"""Within which it has ended, on a machine that is busy, too."""

OPENED_AT_ONCE: Final = 2
"""Pictures of one service: each takes a core and up to half a gigabyte."""

MOST_TRAILER_BYTES: Final = 1_024
"""At the end of a PDF, within which it says that it ends."""
