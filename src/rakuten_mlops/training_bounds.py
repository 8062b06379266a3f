"""What may be asked of a training: by a command, over HTTP, or by the settings."""

from typing import Annotated

from pydantic import AfterValidator, Field


def _no_letters(longest: int) -> int:
    if longest == 1:
        raise ValueError("single letters tell nothing; 0 learns none, 2 to 8 are n-grams")
    return longest


C = Annotated[float, Field(gt=0, le=1_000)]
MinDf = Annotated[int, Field(ge=1, le=1_000)]
NgramMax = Annotated[int, Field(ge=1, le=3)]
TitleChars = Annotated[int, Field(ge=0, le=8), AfterValidator(_no_letters)]
