"""Closed days and the people they meet: the calendar's pages, the planner, the notice on the door.

The calendar itself is ``units/calendar.py``; what a person is planned to get is the counter's plan.
"""
