"""The subcommands of `tongxin`, one module each."""
