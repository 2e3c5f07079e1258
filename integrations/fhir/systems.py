"""Names of code systems, identifier systems and extensions: HL7's, Denmark's, and our own."""

OURS = "https://dispensing.invalid/fhir"
CARD = f"{OURS}/NamingSystem/card"
UNIT = f"{OURS}/NamingSystem/unit"
ORDER = f"{OURS}/NamingSystem/order"
PRODUCT = f"{OURS}/CodeSystem/product"
RULE = f"{OURS}/CodeSystem/rule"
HOW = f"{OURS}/CodeSystem/how-taken"
#: Which earlier MedicationDispense a new one tells the end of.
OF = f"{OURS}/StructureDefinition/of"
IDENTIFIED_BY = f"{OURS}/StructureDefinition/identified-by"
AFFECTED = f"{OURS}/StructureDefinition/affected"
BOTTLE = f"{OURS}/StructureDefinition/scanned-code"
REASON = f"{OURS}/StructureDefinition/reason"
LIFTED_BY = f"{OURS}/StructureDefinition/lifted-by"
RECORDED = f"{OURS}/StructureDefinition/recorded"
CPR = "urn:oid:1.2.208.176.1.2"
REPLACEMENT_CPR = "urn:oid:1.2.208.176.1.6.1.1"
AUTHORISATION = "https://autregweb.sst.dk"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"
# Of R4 the status system holds no /fhir/, the category system does.
DISPENSE_CATEGORY = "http://terminology.hl7.org/fhir/CodeSystem/medicationdispense-category"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

ATC_OF = {
    "methadone": ("N07BC02", "Methadone"),
    "buprenorphine": ("N07BC01", "Buprenorphine"),
    "diacetylmorphine": ("N07BC06", "Diamorphine"),
}
