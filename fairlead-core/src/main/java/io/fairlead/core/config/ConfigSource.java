package io.fairlead.core.config;

import java.nio.file.Path;

/**
 * A configuration text and where it came from.
 *
 * @param fileName as the operator named it; appears in diagnostics
 * @param text the content
 * @param baseDir what relative paths in it are relative to: the folder of the file
 */
public record ConfigSource(String fileName, String text, Path baseDir) {}
