"""What a pharmacy's own system may call at the counter, and the scopes its token must have.

The table stands in docs/clients.md too; a test holds the two against each other.
"""

from dispensing.people.scopes import scope

ASKS = scope("system/MedicationRequest.rs")
TELLS = scope("system/MedicationDispense.c")
FINDS = scope("system/Patient.rs")
LOOKS = scope("system/Patient.rs", "system/MedicationRequest.rs", "system/MedicationDispense.rs")
