"""Where a store stands when its feed gives an address: tables that come with the program, then who is asked."""
