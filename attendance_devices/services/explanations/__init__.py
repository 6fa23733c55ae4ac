"""Why a day says what it says: `explain`, `why`; what it would say: `foresee`."""
