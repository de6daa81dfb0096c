package io.fairlead.it.mqtt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;
import org.junit.platform.commons.support.AnnotationSupport;

/** A lab for each version and transport of a test; all of a run share their brokers. */
final class Labs implements ArgumentsProvider {
  @Override
  public Stream<? extends Arguments> provideArguments(
      ParameterDeclarations parameters, ExtensionContext context) {
    Versions versions =
        AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Versions.class)
            .orElseThrow();
    Brokers brokers =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.create(Brokers.class))
            .getOrComputeIfAbsent(Brokers.class);
    String test =
        context.getRequiredTestClass().getSimpleName()
            + "."
            + context.getRequiredTestMethod().getName();
    List<Arguments> labs = new ArrayList<>();
    for (Version version : versions.value()) {
      for (Transport transport : Transport.values())
        labs.add(Arguments.of(new Lab(brokers, version, transport, test)));
    }
    return labs.stream();
  }
}
