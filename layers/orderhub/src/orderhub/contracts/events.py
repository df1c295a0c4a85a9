"""What travels on the bus: a published fact, as `events/` describes it.

`detail` = `{"metadata": {…}, "data": {…}}`. A consumer ignores keys it does not know (the catalogue only
grows) and drops a revision at or below the last one it applied. A test holds the metadata to
`events/metadata.v1.schema.json`; the shape of `data` belongs to each fact's own schema.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from orderhub.domain.facts import MAX_HOPS, FactType

type OrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
type EventId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}:[0-9]+:[0-9]+$", max_length=64)]
type CorrelationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]


class Metadata(BaseModel):
    """Where a fact stands: which order and revision, when, and what it followed from.

    `occurred_at` is epoch milliseconds UTC. `causation_id` is the event id or message id that caused the
    fact, its own event id when a person or a clock did. `hops` counts the facts that led here; above
    `MAX_HOPS` the fact is parked, not published.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    event_id: EventId
    version: Literal[1]
    occurred_at: Annotated[int, Field(ge=0)]
    order_id: OrderId
    revision: Annotated[int, Field(ge=1)]
    correlation_id: CorrelationId
    causation_id: Annotated[str, Field(min_length=1, max_length=200)]
    hops: Annotated[int, Field(ge=0, le=MAX_HOPS)]


class FactDetail(BaseModel):
    """The `detail` of a published fact."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    metadata: Metadata
    data: dict[str, JsonValue]


class PublishedFact(BaseModel):
    """An event of the bus `orderhub`, as a rule's target receives it.

    Raises `pydantic.ValidationError` for an unknown fact, or one spoken under another context's source.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    detail_type: Annotated[FactType, Field(alias="detail-type")]
    detail: FactDetail

    @model_validator(mode="after")
    def _speaks_under_its_own_name(self) -> Self:
        if self.source != self.detail_type.source:
            raise ValueError(f"{self.detail_type} is spoken by {self.detail_type.source}")
        return self
