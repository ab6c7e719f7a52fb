"""Where files lie, and how they are written so that no interruption leaves half of one."""
