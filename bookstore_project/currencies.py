"""The currencies of ISO 4217 (list one of its maintenance agency, SIX, of 2025-05-12).

Units of accounts, precious metals and test codes are left out: they have no minor unit, and nobody
sells books in them.
"""

from django.core.exceptions import ImproperlyConfigured

CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN
    BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
    KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
# Currencies with another number of decimals than two.
WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
WITH_FOUR = "CLF UYW"
DECIMALS = {
    **dict.fromkeys(WITHOUT_DECIMALS.split(), 0),
    **dict.fromkeys(WITH_THREE.split(), 3),
    **dict.fromkeys(WITH_FOUR.split(), 4),
}
USUAL = 2


def decimals_of(code: str) -> int:
    """Return the number of decimals of a currency, which is two if it is not known."""
    return DECIMALS.get(code, USUAL)


def currency(variable: str, text: str) -> str:
    """Return a currency's code in capital letters, or "" for none.

    Raises ImproperlyConfigured if ISO 4217 has no such code, or if prices, which have two decimals,
    can't be in that currency.
    """
    code = text.strip().upper()
    if code and code not in CODES.split():
        raise ImproperlyConfigured(
            f"{variable} must be a code of ISO 4217, such as EUR, USD or JPY. {text!r} is none."
        )
    if decimals_of(code) > USUAL:
        raise ImproperlyConfigured(
            f"{variable} can't be {code}, which has {decimals_of(code)} decimals: prices have at "
            f"most {USUAL}. Leave it unset, or choose another currency."
        )
    return code
