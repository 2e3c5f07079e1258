"""Which order is in force, as SQL: this course's newest version that has begun, unless stopped."""

# A stop is a version of its own: no order ``r`` written before it is in force any more.
NOT_STOPPED = """NOT EXISTS (SELECT FROM prescription_stop t WHERE t.person_id = r.person_id
        AND t.version > r.version AND t.from_on <= {day})"""
# Its last day: the day before whatever is signed after it begins, be that an order of its kind or a
# stop; a dose carried home for a day on which it holds no more would be a dose without an order.
LAST_DAY = """least(r.valid_to,
        (SELECT min(n.valid_from) - 1 FROM prescription n WHERE n.person_id = r.person_id
            AND n.version > r.version AND n.night = r.night AND n.valid_from > {day}),
        (SELECT min(t.from_on) - 1 FROM prescription_stop t WHERE t.person_id = r.person_id
            AND t.version > r.version AND t.from_on > {day}))"""
# A course that begins has none of the orders signed before it.
OF_THIS_COURSE = "(p.course_from IS NULL OR r.signed_at >= p.course_from)"
