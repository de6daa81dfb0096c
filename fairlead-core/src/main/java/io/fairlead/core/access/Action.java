package io.fairlead.core.access;

/** What a principal asks to do, on every data path. */
public enum Action {
  LOGIN,
  DIAL,
  PUBLISH,
  DELIVER,
  REGISTER,
  RESERVE,
  CIRCUIT
}
