"""One example of every kind of addition; `training/test_addition_is_one_file` copies each into its package."""
