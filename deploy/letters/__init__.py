"""Dead letters for the people who operate Peripheral: found, shown, sent again, dropped."""
