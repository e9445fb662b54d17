//! The columns of each kind.

use crate::sandbox::resource::{
    BUDGETS, CONFIG_MAPS, Column, DEFINITIONS, DEPLOYMENTS, EVENTS, NAMESPACES, PODS, REPLICA_SETS, Resource,
    SCALERS, SECRETS, SERVICES, SLICES,
};

/// The columns of a kind, in order. Those after a `|` are for wide tables.
pub(super) fn columns(resource: &Resource) -> Vec<Column> {
    let Some(custom) = &resource.custom else {
        return built_in(resource.id());
    };
    let mut columns = vec![column("Name", 0)];
    columns.extend(custom.columns.iter().cloned());
    if custom.columns.is_empty() {
        columns.push(column("Age", 0));
    }
    columns
}

fn built_in(id: &str) -> Vec<Column> {
    let names = match id {
        PODS => "Name,Ready,Status,Restarts,Age|IP,Node,Nominated Node,Readiness Gates",
        DEPLOYMENTS => "Name,Ready,Up-to-date,Available,Age|Containers,Images,Selector",
        REPLICA_SETS => "Name,Desired,Current,Ready,Age|Containers,Images,Selector",
        SERVICES => "Name,Type,Cluster-IP,External-IP,Port(s),Age|Selector",
        EVENTS => "Last Seen,Type,Reason,Object|Subobject,Source|Message|First Seen,Count,Name",
        NAMESPACES => "Name,Status,Age",
        CONFIG_MAPS => "Name,Data,Age",
        SECRETS => "Name,Type,Data,Age",
        SLICES => "Name,AddressType,Ports,Endpoints,Age",
        SCALERS => "Name,Reference,Targets,MinPods,MaxPods,Replicas,Age",
        BUDGETS => "Name,Min Available,Max Unavailable,Allowed Disruptions,Age",
        DEFINITIONS => "Name,Created At",
        _ => "Name,Age",
    };
    let parts = names.split('|').enumerate();
    parts
        .flat_map(|(part, names)| names.split(',').map(move |name| (name, part % 2)))
        .map(|(name, wide)| column(name, i64::from(wide == 1)))
        .collect()
}

fn column(name: &str, priority: i64) -> Column {
    let counts = [
        "Up-to-date",
        "Available",
        "Desired",
        "Current",
        "MinPods",
        "MaxPods",
        "Replicas",
        "Allowed Disruptions",
        "Count",
    ];
    let sort = if counts.contains(&name) {
        "integer"
    } else {
        "string"
    };
    Column {
        name: name.to_owned(),
        sort: sort.to_owned(),
        priority,
        ..Column::default()
    }
}
