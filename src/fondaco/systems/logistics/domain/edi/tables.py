"""Segment tables of four UN/EDIFACT messages: order, status (M, C) and greatest number, facts of the directories.

IFTSTA and CODECO follow directory D.21A, IFTMIN D.00B, COARRI the later directories in which SG6 begins
EQD-RFF-GDS (UNECE, https://service.unece.org/trade/untdid/). Inside COARRI's SG6 and IFTMIN the numbers were set
to the usual 9, 99 or 999 where no directory was at hand, and IFTMIN's parties are not demanded: the tables
never refuse what an older or newer directory allows in another number.
"""

from __future__ import annotations

from fondaco.kernel.edifact import Interchange, Tables
from fondaco.kernel.edifact import read_interchange as read_any

_COST = "CUX C1 PRI C1 EQN C1 PCD C1 MOA C9 QTY C9"
_CONTACT = "(CTA M1 COM C9)"
_PAPER = "(DOC M1 DTM C1)"
_MEASURE = "(MEA M1 EQN C1)"
_PLACE = "(LOC M1 DTM C9)"
_SEALED = f"(EQA M1 SEL C9 SG90 C9 {_PLACE})"
_HAZARD = f"(DGS M1 ATT C9 FTX C9 MEA C9 SG91 C9 {_CONTACT})"
_JOURNEY = f"(TDT M1 DTM C9 RFF C9 SG92 C9 {_PLACE})"

SOURCES = {
    "IFTSTA": f"""UNH M1 BGM M1 DTM C9 TSR C1 LOC C9 FTX C9 CNT C9
        SG1 C9 (RFF M1 DTM C1)
        SG2 C9 (NAD M1 SG3 C9 (RFF M1 DTM C9) SG4 C9 {_CONTACT})
        SG5 C99999 (EQD M1 MEA C9 DIM C9 SEL C9 RFF C9 TPL C9 TMD C1
            SG6 C9 (DGS M1 FTX C9) SG7 C9 {_PLACE} SG8 C9 (STS M1 LOC C1 DTM C9) SG9 C99 {_SEALED}
            SG11 C99 {_JOURNEY} SG13 C1 (TMP M1 RNG C1) SG14 C9 (DAM M1 COD C9))
        SG15 C9999 (CNI M1 LOC C9 CNT C9
            SG16 M99 (STS M1 RFF C999 DTM C9 DOC C1 FTX C9
                SG17 C9 (NAD M1 SG18 C9 {_CONTACT})
                LOC C1 PCI C99 SG19 C99 {_JOURNEY}
                SG21 C99 (EQD M1 MEA C9 DIM C9 SEL C9 RFF C9 TPL C9 TMD C1 SG22 C9 {_PLACE} SG23 C99 {_SEALED})
                SG25 C99 (GID M1 HAN C9 SGP C99 DGS C9 FTX C9 GDS C9 LOC C9 QTY C9
                    SG26 C99 {_MEASURE} SG27 C99 (DIM M1 EQN C1) SG28 C99 (PCI M1 GIN C9999)
                    SG29 C9 (RFF M1 DTM C9))))
        UNT M1""",
    "CODECO": f"""UNH M1 BGM M1 DTM C9 FTX C9
        SG1 C9 (RFF M1 DTM C9)
        SG2 C1 (TDT M1 DTM C9 RFF C9 SG3 C9 {_PLACE})
        SG4 M9 (NAD M1 SG5 C9 {_CONTACT})
        SG6 C99999 (GID M1 HAN C9 FTX C9 PIA C9 MEA C9 SG7 C9 (TMP M1 RNG C1) SGP C999 SG8 C999 {_HAZARD})
        SG10 M99999 (EQD M1 RFF C99 TMD C9 DTM C99 LOC C9 MEA C99 DIM C99 SEL C9 FTX C99 PCD C9 EQA C9 COD C1
            HAN C99 ATT C99 SG11 C9 (DAM M1 COD C1) SG12 C9 {_JOURNEY} NAD C9 SG14 C999 {_HAZARD}
            SG16 C9 (TMP M1 RNG C1))
        CNT C1 UNT M1""",
    "COARRI": f"""UNH M1 BGM M1 DTM C9 FTX C9
        SG1 C9 (RFF M1 DTM C9)
        SG2 C1 (TDT M1 DTM C9 RFF C9 SG3 C9 {_PLACE})
        SG4 C9 (NAD M1 SG5 C9 {_CONTACT})
        SG6 C9999 (EQD M1 RFF C99 GDS C9 EQN C1 TMD C9 DTM C9 SG7 C99 {_PLACE} MEA C99 DIM C99
            SG8 C9 (TMP M1 RNG C1) SEL C9 FTX C99 PCD C9 SG9 C99 {_HAZARD} EQA C9 PIA C9 COD C9 HAN C9
            SG11 C9 (DAM M1 COD C9) SG12 C1 (TDT M1 DTM C9 SG13 C9 {_PLACE}) NAD C9)
        CNT C9 UNT M1""",
    "IFTMIN": f"""UNH M1 BGM M1 CTA C1 COM C9 DTM C9 TSR C9 CUX C9 MOA C99 FTX C99 CNT C9 DOC C9 GDS C9
        SG1 C99 {_PLACE} SG2 C2 (TOD M1 LOC C9) SG3 C99 (RFF M1 DTM C9)
        SG4 C9 (GOR M1 DTM C9 LOC C9 SEL C9 FTX C9 SG5 C9 {_PAPER})
        SG6 C9 (CPI M1 RFF C99 CUX C1 LOC C9 MOA C9)
        SG7 C99 (TCC M1 LOC C1 FTX C1 {_COST})
        SG8 C99 (TDT M1 DTM C9 TSR C9 SG9 C99 {_PLACE} SG10 C9 (RFF M1 DTM C1))
        SG11 C99 (NAD M1 LOC C9 MOA C9 SG12 C9 {_CONTACT} SG13 C9 {_PAPER} SG14 C99 (TCC M1 {_COST})
            SG15 C9 (RFF M1 DTM C9) SG16 C9 (CPI M1 RFF C99 CUX C1 LOC C9 MOA C9)
            SG17 C9 (TSR M1 RFF C1 LOC C1 TPL C1 FTX C9))
        SG18 C999 (GID M1 HAN C9 TMP C1 RNG C1 TMD C1 LOC C9 MOA C9 PIA C9 FTX C9 PCD C9
            SG19 C99 (NAD M1 DTM C1 LOC C9) GDS C9 SG20 C99 {_MEASURE} SG21 C99 (DIM M1 EQN C1)
            SG22 C9 (RFF M1 DTM C9) SG23 C999 (PCI M1 RFF C1 DTM C1 GIN C99) SG24 C9 (DOC M1 DTM C9)
            SG25 C9 (GOR M1 DTM C9 LOC C9 SEL C9 FTX C9 SG26 C9 {_PAPER})
            SG27 C9 (TPL M1 SG28 C9 {_MEASURE}) SG29 C999 (SGP M1 SG30 C9 {_MEASURE})
            SG31 C99 (TCC M1 {_COST} LOC C9)
            SG32 C99 (DGS M1 FTX C99 SG33 C9 {_CONTACT} SG34 C9 {_MEASURE}
                SG35 C999 (SGP M1 SG36 C9 {_MEASURE})))
        SG37 C999 (EQD M1 EQN C1 TMD C1 MEA C9 DIM C9 SEL C99 TPL C9 HAN C1 TMP C1 FTX C9 RFF C99
            SG38 C99 (TCC M1 {_COST}) SG39 C99 (NAD M1 DTM C1 SG40 C9 {_CONTACT}) SG41 C9 (EQA M1 EQN C1)
            SG42 C99 (DGS M1 FTX C9 SG43 C9 {_CONTACT}))
        UNT M1""",
}

TABLES = Tables(SOURCES)


def read_interchange(data: bytes, *, strict: bool = True) -> Interchange:
    """The interchange in a file, its messages grouped by these tables. EdiUnreadable at its first fault."""
    return read_any(data, tables=TABLES, strict=strict)
