//! The fields of the messages that are read: those that kubectl fills, of the kinds that it sends as protobuf.
//!
//! Field numbers are those of the `generated.proto` files of Kubernetes, which never change.

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    Text,
    Bytes,
    Integer,
    Truth,
    /// In a message of its own.
    IntegerOrText,
    Message(Table),
    TextMap,
    BytesMap,
    /// A repeated one of these.
    Texts,
    Messages(Table),
    /// Sent, and empty or the server's to say.
    Nothing,
}

/// The fields of a message: number, name, what it holds.
pub(super) type Table = &'static [(u64, &'static str, Holds)];

use Holds::{BytesMap, Integer, IntegerOrText, Message, Messages, Nothing, Text, TextMap, Texts, Truth};

const META: Table = &[
    (1, "name", Text),
    (2, "generateName", Text),
    (3, "namespace", Text),
    (4, "selfLink", Nothing),
    (5, "uid", Text),
    (6, "resourceVersion", Text),
    (7, "generation", Integer),
    (8, "creationTimestamp", Nothing),
    (11, "labels", TextMap),
    (12, "annotations", TextMap),
    (14, "finalizers", Texts),
];

const ATTRIBUTES: Table = &[
    (1, "namespace", Text),
    (2, "verb", Text),
    (3, "group", Text),
    (4, "version", Text),
    (5, "resource", Text),
    (6, "subresource", Text),
    (7, "name", Text),
];

const ACCESS: Table = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (1, "resourceAttributes", Message(ATTRIBUTES)),
            (
                2,
                "nonResourceAttributes",
                Message(&[(1, "path", Text), (2, "verb", Text)]),
            ),
        ]),
    ),
    (
        3,
        "status",
        Message(&[
            (1, "allowed", Truth),
            (2, "reason", Text),
            (3, "evaluationError", Text),
            (4, "denied", Truth),
        ]),
    ),
];

const RULES: Table = &[
    (1, "metadata", Message(META)),
    (2, "spec", Message(&[(1, "namespace", Text)])),
    (
        3,
        "status",
        Message(&[(3, "incomplete", Truth), (4, "evaluationError", Text)]),
    ),
];

const WHO: Table = &[
    (1, "metadata", Message(META)),
    (
        2,
        "status",
        Message(&[(1, "userInfo", Message(&[(1, "username", Text), (2, "uid", Text)]))]),
    ),
];

const NAMESPACE: Table = &[
    (1, "metadata", Message(META)),
    (2, "spec", Message(&[(1, "finalizers", Texts)])),
    (3, "status", Message(&[(1, "phase", Text)])),
];

const CONFIG_MAP: Table = &[
    (1, "metadata", Message(META)),
    (2, "data", TextMap),
    (3, "binaryData", BytesMap),
    (4, "immutable", Truth),
];

const SECRET: Table = &[
    (1, "metadata", Message(META)),
    (2, "data", BytesMap),
    (3, "type", Text),
    (4, "stringData", TextMap),
    (5, "immutable", Truth),
];

const CONTAINER: Table = &[
    (1, "name", Text),
    (2, "image", Text),
    (3, "command", Texts),
    (4, "args", Texts),
    (5, "workingDir", Text),
    (
        6,
        "ports",
        Messages(&[
            (1, "name", Text),
            (2, "hostPort", Integer),
            (3, "containerPort", Integer),
            (4, "protocol", Text),
            (5, "hostIP", Text),
        ]),
    ),
    (7, "env", Messages(&[(1, "name", Text), (2, "value", Text)])),
    (8, "resources", Message(&[])),
    (13, "terminationMessagePath", Text),
    (14, "imagePullPolicy", Text),
    (16, "stdin", Truth),
    (17, "stdinOnce", Truth),
    (18, "tty", Truth),
    (20, "terminationMessagePolicy", Text),
];

const POD_SPEC: Table = &[
    (2, "containers", Messages(CONTAINER)),
    (3, "restartPolicy", Text),
    (4, "terminationGracePeriodSeconds", Integer),
    (6, "dnsPolicy", Text),
    (7, "nodeSelector", TextMap),
    (8, "serviceAccountName", Text),
    (9, "serviceAccount", Text),
    (10, "nodeName", Text),
    (11, "hostNetwork", Truth),
    (12, "hostPID", Truth),
    (13, "hostIPC", Truth),
    (14, "securityContext", Message(&[])),
    (16, "hostname", Text),
    (17, "subdomain", Text),
    (19, "schedulerName", Text),
    (24, "priorityClassName", Text),
];

const DEPLOYMENT: Table = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (1, "replicas", Integer),
            (2, "selector", Message(&[(1, "matchLabels", TextMap)])),
            (
                3,
                "template",
                Message(&[(1, "metadata", Message(META)), (2, "spec", Message(POD_SPEC))]),
            ),
            (4, "strategy", Message(&[(1, "type", Text)])),
            (5, "minReadySeconds", Integer),
            (6, "revisionHistoryLimit", Integer),
            (7, "paused", Truth),
            (9, "progressDeadlineSeconds", Integer),
        ]),
    ),
    (
        3,
        "status",
        Message(&[
            (1, "observedGeneration", Integer),
            (2, "replicas", Integer),
            (3, "updatedReplicas", Integer),
            (4, "availableReplicas", Integer),
            (5, "unavailableReplicas", Integer),
            (7, "readyReplicas", Integer),
        ]),
    ),
];

const SERVICE: Table = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (
                1,
                "ports",
                Messages(&[
                    (1, "name", Text),
                    (2, "protocol", Text),
                    (3, "port", Integer),
                    (4, "targetPort", IntegerOrText),
                    (5, "nodePort", Integer),
                ]),
            ),
            (2, "selector", TextMap),
            (3, "clusterIP", Text),
            (4, "type", Text),
            (7, "sessionAffinity", Text),
            (8, "loadBalancerIP", Text),
            (10, "externalName", Text),
            (11, "externalTrafficPolicy", Text),
            (12, "healthCheckNodePort", Integer),
            (13, "publishNotReadyAddresses", Truth),
        ]),
    ),
    (3, "status", Message(&[(1, "loadBalancer", Message(&[]))])),
];

const BUDGET: Table = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (1, "minAvailable", IntegerOrText),
            (2, "selector", Message(&[(1, "matchLabels", TextMap)])),
            (3, "maxUnavailable", IntegerOrText),
        ]),
    ),
    (
        3,
        "status",
        Message(&[
            (1, "observedGeneration", Integer),
            (3, "disruptionsAllowed", Integer),
            (4, "currentHealthy", Integer),
            (5, "desiredHealthy", Integer),
            (6, "expectedPods", Integer),
        ]),
    ),
];

const SCALER: Table = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (
                1,
                "scaleTargetRef",
                Message(&[(1, "kind", Text), (2, "name", Text), (3, "apiVersion", Text)]),
            ),
            (2, "minReplicas", Integer),
            (3, "maxReplicas", Integer),
            (
                4,
                "metrics",
                Messages(&[
                    (1, "type", Text),
                    (
                        4,
                        "resource",
                        Message(&[
                            (1, "name", Text),
                            (
                                2,
                                "target",
                                Message(&[(1, "type", Text), (4, "averageUtilization", Integer)]),
                            ),
                        ]),
                    ),
                ]),
            ),
        ]),
    ),
    (
        3,
        "status",
        Message(&[
            (1, "observedGeneration", Integer),
            (3, "currentReplicas", Integer),
            (4, "desiredReplicas", Integer),
        ]),
    ),
];

const DELETION: Table = &[
    (1, "gracePeriodSeconds", Integer),
    (
        2,
        "preconditions",
        Message(&[(1, "uid", Text), (2, "resourceVersion", Text)]),
    ),
    (3, "orphanDependents", Truth),
    (4, "propagationPolicy", Text),
    (5, "dryRun", Texts),
];

/// The fields of a kind, if it is known.
pub(super) fn table(kind: &str) -> Option<Table> {
    Some(match kind {
        "DeleteOptions" => DELETION,
        "SelfSubjectAccessReview" => ACCESS,
        "SelfSubjectRulesReview" => RULES,
        "SelfSubjectReview" => WHO,
        "Namespace" => NAMESPACE,
        "ConfigMap" => CONFIG_MAP,
        "Secret" => SECRET,
        "Deployment" => DEPLOYMENT,
        "Service" => SERVICE,
        "PodDisruptionBudget" => BUDGET,
        "HorizontalPodAutoscaler" => SCALER,
        _ => return None,
    })
}
