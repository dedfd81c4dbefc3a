"""What this app keeps about the second factors of a user, for the export: see personal_data.py."""

from accounts.models import LoginTicket, Passkey, PasskeyOwner, ProviderLink, TotpFactor

from .export_section import Section

FACTORS = (
    Section(
        name="authenticator_app",
        model=TotpFactor,
        rows=lambda user: TotpFactor.objects.filter(user=user),
        order=("user",),
        columns=("created_at", "confirmed_at"),
        left_out={
            "user": "it is you",
            "secret": "with it anybody could make your codes",
            "last_counter": "a counter",
            "begun_in": "a session, which has its own table",
        },
    ),
    Section(
        name="passkeys",
        model=Passkey,
        rows=lambda user: Passkey.objects.filter(user=user),
        order=("created_at", "id"),
        columns=(
            "id",
            "name",
            "credential_id",
            "transports",
            "is_backup_eligible",
            "is_backed_up",
            "created_at",
            "last_used_at",
        ),
        left_out={
            "user": "it is you",
            "public_key": "verifies signatures of the device, and says nothing about you",
            "sign_count": "a counter",
        },
    ),
    Section(
        name="name_for_devices",
        model=PasskeyOwner,
        rows=lambda user: PasskeyOwner.objects.filter(user=user),
        order=("user",),
        columns=("handle",),
        left_out={"user": "it is you"},
    ),
    Section(
        name="linked_providers",
        model=ProviderLink,
        rows=lambda user: ProviderLink.objects.filter(user=user),
        order=("id",),
        columns=("id", "issuer", "subject", "shown_as", "created_at", "last_used_at"),
        left_out={"user": "it is you"},
    ),
    Section(
        name="logins_that_wait_for_a_code",
        model=LoginTicket,
        rows=lambda user: LoginTicket.objects.filter(user=user),
        order=("expires_at", "digest"),
        columns=("network", "expires_at", "tries"),
        left_out={
            "user": "it is you",
            "digest": "finds the ticket, and no ticket can be made of it",
            "epoch": "a counter",
        },
    ),
)
