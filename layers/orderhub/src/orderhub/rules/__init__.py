"""The brand's judgement: input schemas, the engine over decision tables, checks, shipped defaults."""
