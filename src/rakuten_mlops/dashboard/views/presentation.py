import streamlit as st

from rakuten_mlops.dashboard.reader import say

st.title(say("page.presentation"))
