package io.fairlead.control.api;

/**
 * Who asked for something.
 *
 * @param kind the road it came by: {@code "api"}, {@code "signal"}, {@code "start"}
 * @param name who on that road, e.g. {@code "uid 1000"} or {@code "control.token"}
 */
public record Who(String kind, String name) {}
