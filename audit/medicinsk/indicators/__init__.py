"""The indicators M1-M22, each a small counter over people as an institution and period has them."""

from audit.medicinsk.indicators.m01_dose_level import DoseLevel
from audit.medicinsk.indicators.m02_high_dose import HighDose
from audit.medicinsk.indicators.m03_practice import Practice
from audit.medicinsk.indicators.m04_supply_length import SupplyLength
from audit.medicinsk.indicators.m05_titration import Titration
from audit.medicinsk.indicators.m06_indkald import IndkaldHeld
from audit.medicinsk.indicators.m07_offered_first import OfferedFirst
from audit.medicinsk.indicators.m08_started import Started
from audit.medicinsk.indicators.m09_on_buprenorphine import OnBuprenorphine
from audit.medicinsk.indicators.m10_benzodiazepines import Benzodiazepines
from audit.medicinsk.indicators.m11_missed import MissedDoses
from audit.medicinsk.indicators.m12_review import Review
from audit.medicinsk.indicators.m13_ecg import Ecg
from audit.medicinsk.indicators.m14_overrides import Overrides
from audit.medicinsk.indicators.m15_register import Register
from audit.medicinsk.indicators.m16_diversion import Diversion
from audit.medicinsk.indicators.m17_retention import Retention
from audit.medicinsk.indicators.m18_visitations import Visitations
from audit.medicinsk.indicators.m19_mortality import Mortality
from audit.medicinsk.indicators.m20_waiting import Waiting
from audit.medicinsk.indicators.m21_places import UseOfPlaces
from audit.medicinsk.indicators.m22_rule_book import BooksInForce
from audit.medicinsk.scope import Counting

#: All of them, in the order they are printed.
INDICATORS: tuple[type[Counting], ...] = (
    DoseLevel,
    HighDose,
    Practice,
    SupplyLength,
    Titration,
    IndkaldHeld,
    OfferedFirst,
    Started,
    OnBuprenorphine,
    Benzodiazepines,
    MissedDoses,
    Review,
    Ecg,
    Overrides,
    Register,
    Diversion,
    Retention,
    Visitations,
    Mortality,
    Waiting,
    UseOfPlaces,
    BooksInForce,
)
