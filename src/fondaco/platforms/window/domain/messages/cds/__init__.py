"""Messages of the UK's Customs Declaration Service: the WCO Data Model's DEC and RES."""
