"""People and their courses: registered, enrolled, assessed, planned for, ended, enrolled again."""
