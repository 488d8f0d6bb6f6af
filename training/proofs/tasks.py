"""What is read of each public table, and the members of its ensemble. Settings were chosen by cross-validation
on the shared part; README.md says what was tried."""

from encoding import category, derived, number


def everything(_name):
    return True


def member(kind, settings, reads=everything, weight=1.0):
    return {"kind": kind, "settings": settings, "reads": reads, "weight": weight}


def order(*values):
    return {value: float(i) for i, value in enumerate(values)}


def without(*names):
    return lambda name: name not in names


def bank_marketing():
    months = order("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    features = [
        number("age"),
        category("job", ["job"], order(
            "admin.", "blue-collar", "entrepreneur", "housemaid", "management", "retired", "self-employed",
            "services", "student", "technician", "unemployed", "unknown",
        )),
        category("marital", ["marital"], order("divorced", "married", "single", "unknown")),
        category("education", ["education"], order(
            "illiterate", "basic.4y", "basic.6y", "basic.9y", "high.school", "professional.course",
            "university.degree",
        )),
        category("default", ["default"], order("no", "unknown", "yes")),
        category("housing", ["housing"], order("no", "unknown", "yes")),
        category("loan", ["loan"], order("no", "unknown", "yes")),
        category("contact", ["contact"], order("cellular", "telephone")),
        category("month", ["month"], months),
        category("day_of_week", ["day_of_week"], order("mon", "tue", "wed", "thu", "fri")),
        number("campaign"),
        number("pdays", missing=["999"]),
        number("previous"),
        category("poutcome", ["poutcome"], order("failure", "nonexistent", "success")),
        number("emp.var.rate"),
        number("cons.price.idx"),
        number("cons.conf.idx"),
        number("euribor3m"),
        number("nr.employed"),
    ]
    day = ["month", "day_of_week", "euribor3m"]
    light = {
        "learning_rate": 0.03, "min_child_samples": 40, "subsample": 0.8, "subsample_freq": 1,
        "colsample_bytree": 0.5, "reg_lambda": 5,
    }
    oblivious = {"iterations": 300, "learning_rate": 0.05, "depth": 6, "l2_leaf_reg": 5}
    return {
        "data": "S. Moro, P. Cortez, P. Rita: Bank Marketing (UCI, CC BY 4.0), doi:10.1016/j.dss.2014.03.001",
        "label": {"column": "y", "positive": "yes", "negative": "no"},
        "features": features,
        "rates": [
            {"name": "day.rate", "columns": day, "what": "rate", "prior": 20},
            {"name": "day.calls", "columns": day, "what": "count"},
        ],
        "members": [
            member("lightgbm", {**light, "n_estimators": 200, "num_leaves": 15}),
            member("lightgbm", {**light, "n_estimators": 300, "num_leaves": 8}),
            member("lightgbm", {**light, "n_estimators": 200, "num_leaves": 15}, without("day.rate")),
            member("catboost", oblivious),
        ],
        "baseline": {
            **dict.fromkeys(
                ["job", "marital", "education", "default", "housing", "loan", "contact", "month", "day_of_week",
                 "poutcome"], "category"),
            **dict.fromkeys(
                ["age", "campaign", "pdays", "previous", "emp.var.rate", "cons.price.idx", "cons.conf.idx",
                 "euribor3m", "nr.employed"], "number"),
        },
    }


COIL_AREA = """MOSTYPE MAANTHUI MGEMOMV MGEMLEEF MOSHOOFD MGODRK MGODPR MGODOV MGODGE MRELGE MRELSA MRELOV MFALLEEN
MFGEKIND MFWEKIND MOPLHOOG MOPLMIDD MOPLLAAG MBERHOOG MBERZELF MBERBOER MBERMIDD MBERARBG MBERARBO MSKA MSKB1
MSKB2 MSKC MSKD MHHUUR MHKOOP MAUT1 MAUT2 MAUT0 MZFONDS MZPART MINKM30 MINK3045 MINK4575 MINK7512 MINK123M
MINKGEM MKOOPKLA""".split()
COIL_PRODUCTS = """WAPART WABEDR WALAND PERSAUT BESAUT MOTSCO VRAAUT AANHANG TRACTOR WERKT BROM LEVEN PERSONG
GEZONG WAOREG BRAND ZEILPL PLEZIER FIETS INBOED BYSTAND""".split()
# Of the area, what a small model may read.
COIL_FEW = set("""MOSTYPE MKOOPKLA MINKGEM MOPLHOOG MOPLLAAG MINKM30 MAUT1 MAUT0 MHKOOP MHHUUR MRELGE MGODPR
MGODGE MBERMIDD MBERBOER MSKA MSKD MFWEKIND MGEMLEEF MZPART""".split())


def coil2000():
    paid, held = ["P" + product for product in COIL_PRODUCTS], ["A" + product for product in COIL_PRODUCTS]
    columns = COIL_AREA + paid + held
    features = [number(column) for column in columns]
    features += [
        derived("policies", "sum", *held),
        derived("paid", "sum", *paid),
    ]
    features += [derived(f"has.{column}", "at_least", column, 1.0) for column in held]
    features += [
        derived("kinds", "sum", *(f"has.{column}" for column in held)),
        derived("car.6", "equals", "PPERSAUT", 6.0),
        derived("fire.3", "equals", "PBRAND", 3.0),
        derived("fire.4", "equals", "PBRAND", 4.0),
        derived("fire", "sum", "fire.3", "fire.4"),
        derived("liability.2", "equals", "PWAPART", 2.0),
        derived("car.6+fire", "product", "car.6", "fire"),
        derived("car.6+liability.2", "product", "car.6", "liability.2"),
        derived("car.6+fire+liability.2", "product", "car.6+fire", "liability.2"),
        derived("boat", "at_least", "PPLEZIER", 1.0),
        category("car.fire", ["PPERSAUT", "PBRAND"], {
            f"{car}|{fire}": float(10 * car + fire) for car in range(10) for fire in range(10)
        }),
    ]
    dummies = {
        "PPERSAUT": [0, 5, 6, 7, 8], "PBRAND": range(9), "PWAPART": range(4), "PPLEZIER": range(7),
        "MKOOPKLA": range(1, 9), "MOSTYPE": [t for t in range(1, 42) if t != 14],
    }
    for column, values in dummies.items():
        features += [derived(f"{column}={value}", "equals", column, float(value)) for value in values]
    made = {
        "policies", "paid", "kinds", "car.6", "fire", "liability.2", "car.6+fire", "car.6+liability.2",
        "car.6+fire+liability.2", "boat", "car.fire",
    }
    wide = lambda name: name in columns or name in made
    few = lambda name: name in paid or name in held or name in made or name in COIL_FEW
    straight = lambda name: wide(name) or "=" in name
    oblivious = {"iterations": 250, "learning_rate": 0.03, "depth": 4, "l2_leaf_reg": 20, "rsm": 0.3}
    return {
        "data": "P. van der Putten, M. van Someren (eds): CoIL Challenge 2000, Sentient Machine Research",
        "label": {"column": "CARAVAN", "positive": "1", "negative": "0"},
        "features": features,
        "members": [
            member("catboost", {**oblivious, "auto_class_weights": "SqrtBalanced"}, wide),
            member("catboost", {**oblivious, "auto_class_weights": "SqrtBalanced", "rsm": 0.15}, few),
            member("catboost", oblivious, few),
            member("linear", {"C": 0.0005}, straight),
            member("linear", {"C": 0.02, "penalty": "l1", "solver": "liblinear", "random_state": 1}, straight),
        ],
        "baseline": dict.fromkeys(columns, "number"),
    }


def churn():
    features = [
        number("Age"), number("CreditScore"), number("Tenure"), number("Balance"), number("NumOfProducts"),
        number("HasCrCard"), number("IsActiveMember"), number("EstimatedSalary"),
        category("Germany", ["Geography"], {"Germany": 1.0, "France": 0.0, "Spain": 0.0}),
        category("Spain", ["Geography"], {"Spain": 1.0, "France": 0.0, "Germany": 0.0}),
        category("Female", ["Gender"], {"Female": 1.0, "Male": 0.0}),
        derived("no_balance", "equals", "Balance", 0.0),
        derived("asleep", "equals", "IsActiveMember", 0.0),
        derived("age_asleep", "product", "Age", "asleep"),
        derived("products_3", "at_least", "NumOfProducts", 3.0),
        derived("products_1", "equals", "NumOfProducts", 1.0),
        derived("products_2", "equals", "NumOfProducts", 2.0),
        derived("products_1_germany", "product", "products_1", "Germany"),
        category("balance_products", ["Balance", "NumOfProducts"], {f"0|{n}": 10.0 + n for n in range(1, 5)}, 0.0),
    ]
    published = {f["name"] for f in features[:11]}
    oblivious = {"learning_rate": 0.04, "depth": 4, "l2_leaf_reg": 10, "rsm": 0.7}
    all_but = without("products_1", "asleep")
    return {
        "data": "Churn_Modelling, a public benchmark of undocumented origin",
        "label": {"column": "Exited", "positive": "1", "negative": "0"},
        "features": features,
        "members": [
            member("catboost", {**oblivious, "iterations": 400}, all_but),
            member("catboost", {**oblivious, "iterations": 300}, lambda name: name in published),
            member("catboost", {**oblivious, "iterations": 300, "depth": 6, "learning_rate": 0.03,
                                "l2_leaf_reg": 30}, lambda name: name in published),
            member("catboost", {**oblivious, "iterations": 400},
                   lambda name: all_but(name) and name not in ("EstimatedSalary", "HasCrCard")),
        ],
        "baseline": {
            "Geography": "category", "Gender": "category",
            **dict.fromkeys(["Age", "CreditScore", "Tenure", "Balance", "NumOfProducts", "HasCrCard",
                             "IsActiveMember", "EstimatedSalary"], "number"),
        },
    }


def bankchurners():
    numbers = """Customer_Age Dependent_count Months_on_book Total_Relationship_Count Months_Inactive_12_mon
    Contacts_Count_12_mon Credit_Limit Total_Revolving_Bal Avg_Open_To_Buy Total_Amt_Chng_Q4_Q1 Total_Trans_Amt
    Total_Trans_Ct Total_Ct_Chng_Q4_Q1 Avg_Utilization_Ratio""".split()
    features = [number(column) for column in numbers]
    features += [
        category("Gender", ["Gender"], order("F", "M")),
        category("Education_Level", ["Education_Level"], order(
            "Uneducated", "High School", "College", "Graduate", "Post-Graduate", "Doctorate")),
        category("Marital_Status", ["Marital_Status"], order("Married", "Single", "Divorced")),
        category("Income_Category", ["Income_Category"], order(
            "Less than $40K", "$40K - $60K", "$60K - $80K", "$80K - $120K", "$120K +")),
        category("Card_Category", ["Card_Category"], order("Blue", "Silver", "Gold", "Platinum")),
        derived("amount_each", "ratio", "Total_Trans_Amt", "Total_Trans_Ct"),
    ]
    published = without("amount_each")
    oblivious = {"learning_rate": 0.06, "l2_leaf_reg": 3}
    return {
        "data": "BankChurners, a public benchmark of undocumented origin",
        "label": {"column": "Attrition_Flag", "positive": "Attrited Customer", "negative": "Existing Customer"},
        "features": features,
        "members": [
            member("catboost", {**oblivious, "iterations": 1200, "depth": 5}, published),
            member("catboost", {**oblivious, "iterations": 1000, "depth": 6}, published),
            member("catboost", {**oblivious, "iterations": 1500, "depth": 4}),
        ],
        "baseline": {
            **dict.fromkeys(numbers, "number"),
            **dict.fromkeys(["Gender", "Education_Level", "Marital_Status", "Income_Category", "Card_Category"],
                            "category"),
        },
    }


TASKS = {
    "bank-marketing": bank_marketing(),
    "coil2000": coil2000(),
    "churn": churn(),
    "bankchurners": bankchurners(),
}
