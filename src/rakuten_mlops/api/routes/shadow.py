"""`/shadow`: what the challenger would have answered."""

from typing import Annotated

from fastapi import APIRouter, Query

from rakuten_mlops.api.auth import Anyone
from rakuten_mlops.api.schemas import ShadowComparison, ShadowDispute, ShadowReport
from rakuten_mlops.api.services import ServicesOf

router = APIRouter(tags=["models"])


@router.get("/shadow")
def show_shadow(
    services: ServicesOf,
    _: Anyone,
    limit: Annotated[int, Query(ge=0, le=500, description="Most disputed listings.")] = 50,
) -> ShadowReport:
    """What champion and challenger both said to live listings, and where they differed.

    `disputes` are those of the first, which is the latest, comparison; the surest first.
    """
    comparisons = services.shadow.comparisons()
    disputes = (
        services.shadow.disputes(comparisons[0].champion, comparisons[0].challenger, limit=limit)
        if comparisons
        else []
    )
    names = {code: each.name_fr for code, each in services.catalog.categories().items()}
    return ShadowReport(
        share=services.settings.shadow_share,
        comparisons=[
            ShadowComparison.model_validate(each, from_attributes=True) for each in comparisons
        ],
        disputes=[
            ShadowDispute(
                at=each.at,
                designation=each.designation,
                description=each.description,
                prdtypecode=each.prdtypecode,
                category=names.get(each.prdtypecode, str(each.prdtypecode)),
                confidence=each.confidence,
                challenger_code=each.challenger_code,
                challenger_category=names.get(each.challenger_code, str(each.challenger_code)),
                challenger_confidence=each.challenger_confidence,
            )
            for each in disputes
        ],
    )
