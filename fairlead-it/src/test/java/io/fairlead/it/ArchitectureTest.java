package io.fairlead.it;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of the house, one sentence each. */
class ArchitectureTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(
              "io.fairlead.core",
              "io.fairlead.net",
              "io.fairlead.proxy",
              "io.fairlead.http",
              "io.fairlead.registry",
              "io.fairlead.mqtt",
              "io.fairlead.pubsub",
              "io.fairlead.libp2p",
              "io.fairlead.relay",
              "io.fairlead.tunnel",
              "io.fairlead.control",
              "io.fairlead.app");

  private static final List<String> FEATURES =
      List.of("proxy", "http", "registry", "mqtt", "pubsub", "libp2p", "tunnel", "control");

  private static final List<String> MODULES =
      Stream.concat(Stream.of("core", "net", "relay"), FEATURES.stream()).toList();

  @Test
  void coreKnowsNoOtherPartOfTheHouse() {
    noClasses()
        .that()
        .resideInAPackage("io.fairlead.core..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.fairlead..").and(not(resideInAPackage("io.fairlead.core.."))))
        .check(HOUSE);
  }

  @Test
  void coreKnowsNoNetty() {
    noClasses()
        .that()
        .resideInAPackage("io.fairlead.core..")
        .should()
        .dependOnClassesThat(resideInAPackage("io.netty.."))
        .check(HOUSE);
  }

  @Test
  void netKnowsOnlyCore() {
    noClasses()
        .that()
        .resideInAPackage("io.fairlead.net..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.fairlead..")
                .and(not(resideInAnyPackage("io.fairlead.core..", "io.fairlead.net.."))))
        .check(HOUSE);
  }

  @Test
  void aFeatureKnowsNoOtherFeatureAndNotTheApp() {
    for (String feature : FEATURES) {
      noClasses()
          .that()
          .resideInAPackage("io.fairlead." + feature + "..")
          .and()
          .resideOutsideOfPackage("io.fairlead.registry.evm..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.fairlead..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "io.fairlead.core..",
                              "io.fairlead.net..",
                              "io.fairlead." + feature + ".."))))
          .check(HOUSE);
    }
  }

  @Test
  void theChainSourceKnowsTheRegistryAndPubsubOnly() {
    noClasses()
        .that()
        .resideInAPackage("io.fairlead.registry.evm..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.fairlead..")
                .and(
                    not(
                        resideInAnyPackage(
                            "io.fairlead.core..",
                            "io.fairlead.net..",
                            "io.fairlead.registry..",
                            "io.fairlead.pubsub.."))))
        .check(HOUSE);
  }

  @Test
  void theRelayKnowsTheNodeItRunsOnAndNoOtherFeature() {
    noClasses()
        .that()
        .resideInAPackage("io.fairlead.relay..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.fairlead..")
                .and(
                    not(
                        resideInAnyPackage(
                            "io.fairlead.core..",
                            "io.fairlead.net..",
                            "io.fairlead.libp2p..",
                            "io.fairlead.relay.."))))
        .check(HOUSE);
  }

  @Test
  void codecsImportJavaNettyBuffersAndCoreOnly() {
    noClasses()
        .that()
        .resideInAPackage("io.fairlead..codec..")
        .should()
        .dependOnClassesThat(
            not(
                resideInAnyPackage(
                    "java..",
                    "io.netty.buffer..",
                    "io.netty.util..",
                    "io.fairlead.core..",
                    "io.fairlead..codec..",
                    "io.fairlead.net.http..",
                    "org.jspecify.annotations..")))
        .check(HOUSE);
  }

  @Test
  void channelsAppearOnlyInNetInNettyRoomsAndAtTheFrontDoors() {
    // Front doors (`Face`s) and the composition root hand channels on without looking into them.
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.fairlead.proxy.socks..",
            "io.fairlead.proxy.codec..",
            "io.fairlead.http.route..",
            "io.fairlead.control.api..")
        .should()
        .dependOnClassesThat(resideInAPackage("io.netty.channel.."))
        .check(HOUSE);
  }

  @Test
  void timeIsReadOnlyInCoreTime() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.fairlead.core.time..")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Thread.class, "sleep", java.time.Duration.class)
        .check(HOUSE);
  }

  @Test
  void chanceComesOnlyFromCoreRandom() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.fairlead.core.random..")
        .should()
        .callMethod(Math.class, "random")
        .orShould()
        .callConstructor(java.util.Random.class)
        .orShould()
        .callConstructor(java.util.Random.class, long.class)
        .orShould()
        .callConstructor(java.security.SecureRandom.class)
        .orShould()
        .callMethod(java.util.concurrent.ThreadLocalRandom.class, "current")
        .check(HOUSE);
  }

  @Test
  void noPackageIsNamedAfterNothing() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..", "..impl..")
        .check(HOUSE);
  }

  @Test
  void noClassIsNamedAfterNothing() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameStartingWith("Abstract")
        .check(HOUSE);
  }

  @Test
  void noStaticFieldCanBeReassigned() {
    fields().that().areStatic().and(notSynthetic()).should().beFinal().check(HOUSE);
  }

  @Test
  void packagesFormNoCyclesBetweenModulesRooms() {
    slices().matching("io.fairlead.(*)..").should().beFreeOfCycles().check(HOUSE);
    for (String feature : MODULES) {
      slices()
          .matching("io.fairlead." + feature + ".(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true)
          .check(HOUSE);
    }
  }

  @Test
  void onlyTheAppKnowsTheLogBackend() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.fairlead.app..")
        .should()
        .dependOnClassesThat(resideInAPackage("ch.qos.logback.."))
        .check(HOUSE);
  }

  @Test
  void librariesNeverEndTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.fairlead.app..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .check(HOUSE);
  }

  @Test
  void nobodyWritesToStandardOutputButTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.fairlead.app..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(HOUSE);
  }

  @Test
  void nobodyFindsCodeByReflection() {
    noClasses()
        .should(
            new ArchCondition<JavaClass>("look up constructors or methods by reflection") {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                for (JavaAccess<?> access : item.getAccessesFromSelf()) {
                  if (Set.of("java.lang.reflect.Method", "java.lang.reflect.Constructor")
                      .contains(access.getTargetOwner().getFullName())) {
                    events.add(SimpleConditionEvent.satisfied(item, access.getDescription()));
                  }
                }
              }
            })
        .check(HOUSE);
  }

  private static DescribedPredicate<JavaField> notSynthetic() {
    return DescribedPredicate.describe(
        "not synthetic", field -> !field.getModifiers().contains(JavaModifier.SYNTHETIC));
  }
}
