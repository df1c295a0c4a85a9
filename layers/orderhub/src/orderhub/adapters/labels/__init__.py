"""Labels as files: what stands where (``layout``), its codes (``codes``), its font (``font``), drawn (``renderer``)."""
