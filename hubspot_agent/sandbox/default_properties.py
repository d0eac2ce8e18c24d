"""HubSpot's default contact properties worth modelling, out of more than 230."""

from collections.abc import Iterator
from typing import Final

from hubspot_agent.sandbox.properties import Property

#: Lifecycle stages in the order in which a contact moves through them.
LIFECYCLE_STAGES: Final = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)

_TEXT: Final = {
    "email": "Email",
    "firstname": "First Name",
    "lastname": "Last Name",
    "phone": "Phone Number",
    "mobilephone": "Mobile Phone Number",
    "fax": "Fax Number",
    "company": "Company Name",
    "jobtitle": "Job Title",
    "address": "Street Address",
    "city": "City",
    "state": "State/Region",
    "zip": "Postal Code",
    "country": "Country/Region",
    "website": "Website URL",
    "industry": "Industry",
    "annualrevenue": "Annual Revenue",
    "salutation": "Salutation",
    "gender": "Gender",
    "date_of_birth": "Date of birth",
    "work_email": "Work email",
    "twitterhandle": "Twitter Username",
    "degree": "Degree",
    "school": "School",
    "seniority": "Seniority",
    "start_date": "Start date",
    "hs_timezone": "Time Zone",
    "hs_persona": "Persona",
}

_READ_ONLY: Final = {
    "associatedcompanyid": ("Primary Associated Company ID", "number"),
    "hs_additional_emails": ("Additional email addresses", "string"),
    "hs_all_contact_vids": ("Merged record IDs", "string"),
    "hs_calculated_merged_vids": ("Merged record IDs with timestamps", "string"),
    "hs_is_contact": ("Is a contact", "bool"),
    "hs_is_unworked": ("Contact unworked", "bool"),
    "hs_marketable_status": ("Marketing contact status", "string"),
    "hs_marketable_until_renewal": ("Marketing contact until next update", "string"),
    "hs_membership_has_accessed_private_content": ("Has accessed private content", "number"),
    "hs_merged_object_ids": ("Merged record IDs", "string"),
    "hs_object_id": ("Record ID", "number"),
    "hs_object_source": ("Record creation source", "string"),
    "hs_object_source_id": ("Record creation source ID", "string"),
    "hs_object_source_label": ("Record source", "string"),
    "hs_pipeline": ("Pipeline", "string"),
    "hs_registered_member": ("Registered member", "number"),
    "createdate": ("Create Date", "datetime"),
    "hs_createdate": ("Object create date/time", "datetime"),
    "hs_lastmodifieddate": ("Object last modified date/time", "datetime"),
    "lastmodifieddate": ("Last Modified Date", "datetime"),
    "hs_email_optout": ("Unsubscribed from all email", "bool"),
    "notes_last_updated": ("Last Activity Date", "datetime"),
    "num_notes": ("Number of Sales Activities", "number"),
    "recent_conversion_date": ("Recent Conversion Date", "datetime"),
    **{f"hs_lifecyclestage_{stage}_date": (f"Became a {stage} date", "datetime") for stage in LIFECYCLE_STAGES},
}

_CALCULATED: Final = {
    "hs_email_domain": "Email Domain",
    "hs_calculated_phone_number": "Calculated phone number in international format",
    "hs_searchable_calculated_phone_number": "Calculated phone number with area code and local number",
    "hs_searchable_calculated_mobile_number": "Calculated mobile number with area code and local number",
    "hs_searchable_calculated_international_phone_number": "Calculated phone number with country code",
}

_LEAD_STATUSES: Final = {
    "NEW": "New",
    "OPEN": "Open",
    "IN_PROGRESS": "In Progress",
    "OPEN_DEAL": "Open Deal",
    "UNQUALIFIED": "Unqualified",
    "ATTEMPTED_TO_CONTACT": "Attempted to Contact",
    "CONNECTED": "Connected",
    "BAD_TIMING": "Bad Timing",
}

_STAGE_LABELS: Final = {
    "marketingqualifiedlead": "Marketing Qualified Lead",
    "salesqualifiedlead": "Sales Qualified Lead",
}

_BUYING_ROLES: Final = (
    "BLOCKER",
    "BUDGET_HOLDER",
    "CHAMPION",
    "DECISION_MAKER",
    "END_USER",
    "EXECUTIVE_SPONSOR",
    "INFLUENCER",
    "LEGAL_AND_COMPLIANCE",
    "OTHER",
)

#: Some of HubSpot's languages, by the values that it keeps.
_LANGUAGES: Final = {
    "ar": "Arabic",
    "da": "Danish",
    "de": "German",
    "de-at": "German - Austria",
    "en": "English",
    "en-gb": "English - United Kingdom",
    "en-us": "English - United States",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "fr-be": "French - Belgium",
    "it": "Italian",
    "ja": "Japanese",
    "nl": "Dutch",
    "nl-be": "Dutch - Belgium",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "pt-br": "Portuguese - Brazil",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh-cn": "Chinese - China",
}

_EMPLOYEES: Final = ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+")


def default_properties() -> Iterator[Property]:
    """Yield the definitions every account has."""
    for name, label in _TEXT.items():
        yield Property(name, label, hubspot_defined=True)
    yield Property("message", "Message", field_type="textarea", hubspot_defined=True)
    for name, label, field_type, options in (
        (
            "lifecyclestage",
            "Lifecycle Stage",
            "radio",
            {stage: _STAGE_LABELS.get(stage, stage.capitalize()) for stage in LIFECYCLE_STAGES},
        ),
        ("hs_lead_status", "Lead Status", "radio", _LEAD_STATUSES),
        ("hs_language", "Preferred language", "select", _LANGUAGES),
        ("numemployees", "Number of Employees", "select", {size: size for size in _EMPLOYEES}),
        (
            "hs_buying_role",
            "Buying Role",
            "checkbox",
            {role: role.replace("_", " ").capitalize() for role in _BUYING_ROLES},
        ),
    ):
        yield Property(name, label, "enumeration", field_type, options=dict(options), hubspot_defined=True)
    yield Property(
        "hubspot_owner_id",
        "Contact owner",
        "enumeration",
        "select",
        external_options=True,
        hubspot_defined=True,
    )
    for name, (label, kind) in _READ_ONLY.items():
        yield Property(name, label, kind, read_only=True, hubspot_defined=True)
    for name, label in _CALCULATED.items():
        yield Property(
            name,
            label,
            field_type="calculation_equation",
            read_only=True,
            calculated=True,
            hubspot_defined=True,
        )
