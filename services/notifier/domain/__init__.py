"""Pure rules of following a case: values in, decisions out, no clock and no I/O."""
