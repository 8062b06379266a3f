"""The pages, in the order of the menu. Streamlit runs each file as a script."""
