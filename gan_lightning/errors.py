"""The one exception for mistakes that the user can mend."""


class UsageError(ValueError):
    """What was given, what is accepted and what to type instead, in one sentence.

    The command line prints it without a traceback and exits with status 2.
    """
