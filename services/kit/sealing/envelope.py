"""Content sealed under a data key of its own, which is sealed under a master key (AES-256-GCM).

Another master key takes over by sealing the data keys anew; without its data key no content can be
read, so that destroying one destroys what it sealed. Both are bound to what they are about: what is
put in another's place does not open.
"""

import os
from typing import Final, NamedTuple

import msgpack
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.sealing.bounds import KEY_BYTES
from services.kit.sealing.keys import Ring

_NONCE: Final = 12
_OF_KEY: Final = b"tongxin data key\0"
_OF_CONTENT: Final = b"tongxin content\0"


class Spoilt(ValueError):
    """What is sealed was changed, is about something else, or is no sealed content at all."""


class Sealed(NamedTuple):
    """Sealed content: by which master key, the data key that one sealed, and the content itself."""

    key_id: str
    data_key: bytes
    content: bytes


def sealed(content: bytes, *, about: bytes, ring: Ring) -> Sealed:
    """Return content under a new data key."""
    # A data key seals once, so that its nonce may be what it likes.
    chance = os.urandom(KEY_BYTES + _NONCE + _NONCE)
    data_key, nonce = chance[:KEY_BYTES], chance[KEY_BYTES : KEY_BYTES + _NONCE]
    key_nonce = chance[KEY_BYTES + _NONCE :]
    wrapped = ring.cipher(ring.current).encrypt(key_nonce, data_key, _OF_KEY + about)
    text = AESGCM(data_key).encrypt(nonce, content, _OF_CONTENT + about)
    return Sealed(ring.current, key_nonce + wrapped, nonce + text)


def unsealed(found: Sealed, *, about: bytes, ring: Ring) -> bytes:
    """Return the content. Raises KeyMissing and Spoilt."""
    data_key = _data_key(found, about=about, ring=ring)
    return _decrypted(AESGCM(data_key), found.content, _OF_CONTENT + about)


def rewrapped(found: Sealed, *, about: bytes, ring: Ring) -> Sealed:
    """Return the same content, its data key under the current master key.

    Raises KeyMissing and Spoilt.
    """
    data_key = _data_key(found, about=about, ring=ring)
    nonce = os.urandom(_NONCE)
    wrapped = ring.cipher(ring.current).encrypt(nonce, data_key, _OF_KEY + about)
    return found._replace(key_id=ring.current, data_key=nonce + wrapped)


def packed(found: Sealed) -> bytes:
    """Return sealed content as bytes in one."""
    return bytes(msgpack.packb(found))


def unpacked(body: bytes) -> Sealed:
    """Return the sealed content that bytes hold. Raises Spoilt."""
    try:
        key_id, data_key, content = msgpack.unpackb(body)
    except (ValueError, TypeError, msgpack.UnpackException):
        raise Spoilt("is no sealed content") from None
    if [type(key_id), type(data_key), type(content)] != [str, bytes, bytes]:
        raise Spoilt("is no sealed content")
    return Sealed(key_id, data_key, content)


def _data_key(found: Sealed, *, about: bytes, ring: Ring) -> bytes:
    return _decrypted(ring.cipher(found.key_id), found.data_key, _OF_KEY + about)


def _decrypted(cipher: AESGCM, body: bytes, about: bytes) -> bytes:
    try:
        return cipher.decrypt(body[:_NONCE], body[_NONCE:], about)
    except (InvalidTag, ValueError):
        raise Spoilt("was changed, or is about something else") from None
