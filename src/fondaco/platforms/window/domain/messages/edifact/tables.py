"""Segment tables of the messages of customs in directory D.96B, and of the posts' ITMATT.

CUSDEC, CUSRES, CUSCAR: order, status and greatest number as UN/EDIFACT D.96B has them (UNECE,
https://service.unece.org/trade/untdid/d96b/trmd/trmdi1.htm). The groups that a parcel's declaration never uses
are read all the same. ITMATT: the posts exchange item attributes by UPU standard M33, whose table is for sale to
members only; ours orders the public data elements of CN 22 and CN 23 in segments of the same directory.
"""

from __future__ import annotations

from fondaco.kernel.edifact import Tables

_MONEY = "(MOA M1 SG{n} C1 (CUX M1 DTM C1))"


def _money(number: int) -> str:
    return _MONEY.format(n=number)


def _charges(number: int) -> str:
    return f"(ALC M1 RTE C1 MOA C1 PCD C1 QTY C1 SG{number} C1 (CUX M1 DTM C1))"


_TAXED = "(TAX M1 MOA C2 GIS C1)"
_PAYMENT = "(PAT M1 MOA C1 PCD C1 FTX C1)"
_TERMS = "(TOD M1 LOC C2 FTX C1)"
_PAPER = "(DOC M1 DTM C2 LOC C1)"

SOURCES = {
    "CUSDEC": f"""UNH M1 BGM M1 CST C1 LOC C99 DTM C15 GIS C25 FII C1 MEA C5 EQD C999 SEL C999 FTX C99
        SG1 C99 (RFF M1 DTM C1 SG2 C10 (PAC M1 SG3 C999 (PCI M1 FTX C1)))
        SG4 C5 (TDT M1 TPL C1) SG5 C10 {_PAPER} SG6 C10 (NAD M1 RFF C10 CTA C1 COM C5) SG7 C1 {_TERMS}
        SG8 C25 {_money(9)}
        UNS M1
        SG10 C999 (DMS M1 DTM C1 MEA C5 SG11 C25 {_money(12)} SG13 C1 {_TERMS}
            SG14 C10 (NAD M1 SG15 C10 {_PAPER}) SG16 C10 (PAC M1 SG17 C999 (PCI M1 FTX C1 RFF C1)) SG18 C5 {_PAYMENT}
            SG19 C10 {_charges(20)}
            SG21 C9999 (LIN M1 PIA C1 QTY C1 PRI C2 PCD C1 MEA C5 QVR C5 MOA C15 NAD C10 GIR C9999
                SG22 C10 (DOC M1 DTM C2) SG23 C10 {_charges(24)} SG25 C1 (TOD M1 LOC C2) SG26 C5 {_PAYMENT}
                SG27 C5 (IMD M1 FTX C1) SG28 C10 (PAC M1 SG29 C999 (PCI M1 FTX C1 RFF C1))))
        SG30 C9999 (CST M1 FTX C9 LOC C25 DTM C5 MEA C20 NAD C5 TDT C9
            SG31 C10 (PAC M1 SG32 C999 (PCI M1 FTX C1)) SG33 C25 {_money(34)}
            SG35 C999 (RFF M1 DTM C1 GIN C99 MOA C1 SG36 C1 (IMD M1 FTX C5))
            SG37 C25 (DOC M1 DTM C2 LOC C1 NAD C5) SG38 C1 {_TERMS} SG39 C1 (GDS M1 FTX C1)
            SG40 C25 (GIS M1 PCD C1 DTM C1 RFF C1) SG41 C10 {_TAXED}
            SG42 C1 (QVR M1 QTY C1 SG43 C1 (RFF M1 DTM C1))
            SG44 C50 (GIR M1 GIS C10 NAD C1 MEA C5 SG45 C10 {_money(46)} SG47 C10 {_TAXED} SG48 C5 {_PAPER}))
        UNS M1 CNT C5 SG49 C50 {_TAXED} SG50 C1 (AUT M1 DTM C1) UNT M1""",
    "CUSRES": """UNH M1 BGM M1 DTM C9 FTX C9 TDT C9 LOC C99 GIS C10 EQD C999
        SG1 C9 (NAD M1 SG2 C9 (CTA M1 COM C9)) SG3 C999 (RFF M1 DTM C9 LOC C9)
        SG4 C99 (ERP M1 RFF C9 ERC C99 FTX C99) SG5 C99 (TAX M1 MOA C99 GIS C99)
        SG6 C9999 (DOC M1 PAC C9 RFF C9 PCI C9 FTX C9 TDT C9 LOC C9 DTM C9 GIS C9 MEA C99 EQD C999
            SG7 C9 (NAD M1 SG8 C9 (CTA M1 COM C9)) SG9 C99 (MOA M1 CUX C9)
            SG10 C9999 (CST M1 FTX C9 SG11 C99 (TAX M1 MOA C99 GIS C99 MEA C9 RFF C9))
            SG12 C9999 (ERP M1 RFF C9 ERC C99 FTX C9))
        CNT C9 SG13 C9 (AUT M1 DTM C9) UNT M1""",
    "CUSCAR": """UNH M1 BGM M1 DTM C9 SG1 C99 (RFF M1 DTM C9) SG2 C99 (NAD M1 SG3 C9 (CTA M1 COM C9)) FTX C9
        SG4 C9 (TDT M1 LOC C99 DTM C99) GIS C9
        SG5 C9999 (EQD M1 TSR C9 MEA C9 DIM C9 SEL C9 NAD C9 GIS C9 SG6 C9 (TMP M1 RNG C1)) CNT C9
        SG7 C9999 (CNI M1 CNT C9
            SG8 C9999 (RFF M1 CNT C9 MOA C9 LOC C99 GIS C9 CUX C9 CPI C9
                SG9 C9 (TDT M1 LOC C9 DTM C9 MEA C9 SG10 C9 (RFF M1 TSR C9))
                SG11 C99 (NAD M1 DTM C9 RFF C9 SG12 C9 (CTA M1 COM C9)) SG13 C9 (QTY M1 FTX C9)
                SG14 M9999 (GID M1 PAC C9 HAN C9 FTX C99 MEA C99 MOA C9 SGP C99 DGS C9 PCI C9 CST C1
                    SG15 C9 (GIS M1 DTM C9 DOC C9) SG16 C9 (QTY M1 FTX C1))))
        SG17 C1 (AUT M1 DTM C9 RFF C9) UNT M1""",
    "ITMATT": """UNH M1 BGM M1 DTM C9
        SG1 M9999 (CNI M1 RFF C9 GIS C9 MEA C9 MOA C9 LOC C9 FTX C9 SG2 C9 (NAD M1 RFF C9 COM C9) SG3 C99 (DOC M1)
            SG4 M999 (GID M1 FTX C9 LOC C9 MEA C9 MOA C9 CST C1))
        CNT C9 UNT M1""",
}

TABLES = Tables(SOURCES)
